import Bytes

/// One header field, as ranges into the bytes of its message.
@usableFromInline
package struct HeaderField: Sendable, Equatable {
    @usableFromInline let nameStart: UInt32
    @usableFromInline let nameCount: UInt32
    @usableFromInline let valueStart: UInt32
    @usableFromInline let valueCount: UInt32
    /// Which of the names that the gateway looks for it bears.
    @usableFromInline package let known: KnownField

    init(name: Range<Int>, value: Range<Int>, known: KnownField) {
        nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
        nameCount = UInt32(truncatingIfNeeded: name.count)
        valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
        valueCount = UInt32(truncatingIfNeeded: value.count)
        self.known = known
    }

    @inlinable package var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
    /// Optional white space around the value is already left out.
    @inlinable package var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueCount) }
}

/// The header fields of one message in the order they came, without a copy of their bytes.
@usableFromInline
package struct HeaderFields: Sendable, Equatable {
    @usableFromInline package private(set) var all: [HeaderField] = []
    /// Which known fields there are: a bit for each, by its raw value.
    @usableFromInline private(set) var present: UInt32 = 0
    /// Which of them came more than once.
    @usableFromInline private(set) var repeated: UInt32 = 0

    package init() {}

    /// Adds a field whose name and value lie there in the message's bytes.
    /// - Returns: which name it bears.
    @discardableResult
    package mutating func append(name: Range<Int>, value: Range<Int>, in bytes: Span<UInt8>) -> KnownField {
        let known = KnownField(name, in: bytes)
        all.append(HeaderField(name: name, value: value, known: known))
        let bit: UInt32 = 1 &<< UInt32(known.rawValue)
        repeated |= present & bit
        present |= bit
        return known
    }

    package mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        (present, repeated) = (0, 0)
    }

    @inlinable @inline(__always)
    package func contains(_ known: KnownField) -> Bool { present & (1 &<< UInt32(known.rawValue)) != 0 }

    /// Whether it came more than once: readers of the first and of the last one would disagree about it.
    @inlinable @inline(__always)
    package func isRepeated(_ known: KnownField) -> Bool { repeated & (1 &<< UInt32(known.rawValue)) != 0 }

    /// The value of the first such field, as a range into the message's bytes.
    @inlinable @inline(__always)
    package func first(_ known: KnownField) -> Range<Int>? { contains(known) ? firstOfPresent(known) : nil }

    @inlinable
    func firstOfPresent(_ known: KnownField) -> Range<Int>? {
        for field in all where field.known == known { return field.value }
        return nil
    }

    /// The value of the first field of that name (in lower-case ASCII), as a range into `bytes`. For names that aren't known.
    package func first(_ name: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        let length = UInt32(truncatingIfNeeded: name.utf8CodeUnitCount)
        for field in all where field.nameCount == length && bytes.equalsIgnoringCase(field.name, name) {
            return field.value
        }
        return nil
    }
}
