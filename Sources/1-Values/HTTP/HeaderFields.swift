public import Bytes

/// One header field, as ranges into the bytes of its message.
@usableFromInline
package struct HeaderField: Sendable, Equatable {
    @usableFromInline let nameStart: UInt32
    @usableFromInline let nameCount: UInt32
    @usableFromInline let valueStart: UInt32
    @usableFromInline let valueCount: UInt32

    @inlinable
    package init(name: Range<Int>, value: Range<Int>) {
        nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
        nameCount = UInt32(truncatingIfNeeded: name.count)
        valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
        valueCount = UInt32(truncatingIfNeeded: value.count)
    }

    @inlinable package var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
    /// Optional white space around the value is already left out.
    @inlinable package var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueCount) }
}

/// The header fields of one message in the order they came, without a copy of their bytes.
@usableFromInline
package struct HeaderFields: Sendable, Equatable {
    @usableFromInline package var all: [HeaderField] = []

    @inlinable
    package init() {}

    /// The value of the first field of that name (in lower-case ASCII), as a range into `bytes`.
    @inlinable @inline(__always)
    package func first(_ name: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        let length = UInt32(truncatingIfNeeded: name.utf8CodeUnitCount)
        for field in all where field.nameCount == length && bytes.equalsIgnoringCase(field.name, name) {
            return field.value
        }
        return nil
    }

    /// How many fields bear that name.
    package func count(_ name: StaticString, in bytes: Span<UInt8>) -> Int {
        var count = 0
        for field in all where bytes.equalsIgnoringCase(field.name, name) { count += 1 }
        return count
    }
}
