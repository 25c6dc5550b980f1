import Bytes

/// One header field, as ranges into the bytes of its message.
@usableFromInline
package struct HeaderField: Sendable, Equatable {
    @usableFromInline let nameStart: UInt32
    @usableFromInline let nameCount: UInt32
    @usableFromInline let valueStart: UInt32
    @usableFromInline let valueCount: UInt32
    /// The field's name, if it is one that the gateway looks for.
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
    /// Five bits for each known field, placed by its raw value, the first twelve fields in `low`: the position in `all`
    /// of the first such field, plus 1. 0 means none; 31 means that `all` must be searched. Small, as it is copied with
    /// each message.
    @usableFromInline private(set) var places: (low: UInt64, high: UInt64) = (0, 0)
    /// A bit for each known field, placed by its raw value: whether it came more than once.
    @usableFromInline private(set) var repeated: UInt32 = 0

    package init() {}

    /// Adds a field whose name and value are at these ranges of the message's bytes.
    /// - Returns: the field's name, if it is one that the gateway looks for.
    @discardableResult
    @inline(__always)
    package mutating func append(name: Range<Int>, value: Range<Int>, in bytes: Span<UInt8>) -> KnownField {
        let known = KnownField(name, in: bytes)
        all.append(HeaderField(name: name, value: value, known: known))
        if known != .other { notePlace(of: known) }
        return known
    }

    @inline(__always)
    private mutating func notePlace(of known: KnownField) {
        let (isLow, shift) = (known.rawValue < 12, Self.shift(known))
        let word = isLow ? places.low : places.high
        if word &>> shift & 31 != 0 {
            repeated |= 1 &<< UInt32(known.rawValue)
            return
        }
        let place = word | UInt64(min(all.count, 31)) &<< shift
        if isLow { places.low = place } else { places.high = place }
    }

    package mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        places = (0, 0)
        repeated = 0
    }

    @inlinable @inline(__always)
    static func shift(_ known: KnownField) -> UInt64 {
        5 &* UInt64(known.rawValue < 12 ? known.rawValue : known.rawValue &- 12)
    }

    @inlinable @inline(__always)
    func place(of known: KnownField) -> Int {
        let word = known.rawValue < 12 ? places.low : places.high
        return Int(truncatingIfNeeded: word &>> Self.shift(known) & 31)
    }

    @inlinable @inline(__always)
    package func contains(_ known: KnownField) -> Bool { place(of: known) != 0 }

    /// Whether the field came more than once: readers of the first and readers of the last would disagree about its
    /// value.
    @inlinable @inline(__always)
    package func isRepeated(_ known: KnownField) -> Bool { repeated & (1 &<< UInt32(known.rawValue)) != 0 }

    /// The value of the first such field, as a range into the message's bytes.
    @inlinable @inline(__always)
    package func first(_ known: KnownField) -> Range<Int>? {
        let place = place(of: known)
        if place == 0 { return nil }
        return place < 31 ? all[place - 1].value : all.first { $0.known == known }?.value
    }

    /// The value of the first field of that name (in lower-case ASCII), as a range into `bytes`. For names without a
    /// `KnownField`.
    package func first(_ name: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        let length = UInt32(truncatingIfNeeded: name.utf8CodeUnitCount)
        for field in all where field.nameCount == length && bytes.equalsIgnoringCase(field.name, name) {
            return field.value
        }
        return nil
    }

    // `places` and `repeated` follow from the fields.
    @inlinable
    package static func == (left: HeaderFields, right: HeaderFields) -> Bool { left.all == right.all }
}
