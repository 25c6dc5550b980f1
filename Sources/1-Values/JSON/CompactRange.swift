/// A range of byte offsets, or none, in eight bytes instead of twenty-four.
///
/// For the results of reading a message: they are copied into async frames and enum payloads, whose size decides how
/// much is copied and how often the runtime must allocate. Offsets are at most `offsetMax`: check the input for that
/// before filling one, as a greater offset traps.
@propertyWrapper @usableFromInline
package struct CompactRange: Sendable, Equatable {
    /// The greatest offset that fits.
    @inlinable package static var offsetMax: Int { Int(Int32.max) }

    /// Greater than `end` when there is no range.
    @usableFromInline var start: UInt32
    @usableFromInline var end: UInt32

    @inlinable
    package init() {
        start = 1
        end = 0
    }

    @inlinable
    package init(wrappedValue: Range<Int>?) {
        start = wrappedValue.map { UInt32($0.lowerBound) } ?? 1
        end = wrappedValue.map { UInt32($0.upperBound) } ?? 0
    }

    @inlinable package var wrappedValue: Range<Int>? {
        get { start <= end ? Int(start)..<Int(end) : nil }
        set { self = CompactRange(wrappedValue: newValue) }
    }
}

/// A `JSONName`, or none, in eight bytes. Bounds as for `CompactRange`.
@propertyWrapper @usableFromInline
package struct CompactName: Sendable, Equatable {
    @inlinable static var escapes: UInt32 { 1 << 31 }

    /// Greater than the end when there is no name.
    @usableFromInline var start: UInt32
    /// The top bit says whether the name has escapes.
    @usableFromInline var endAndEscapes: UInt32

    @inlinable
    package init() {
        start = 1
        endAndEscapes = 0
    }

    @inlinable
    package init(wrappedValue: JSONName?) {
        self.init()
        guard let wrappedValue else { return }
        start = UInt32(wrappedValue.range.lowerBound)
        precondition(wrappedValue.range.upperBound <= CompactRange.offsetMax)
        endAndEscapes = UInt32(wrappedValue.range.upperBound) | (wrappedValue.hasEscapes ? Self.escapes : 0)
    }

    /// For a name without escapes that ends at `CompactRange.offsetMax` at the latest.
    @inlinable
    init(plain range: Range<Int>) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        endAndEscapes = UInt32(truncatingIfNeeded: range.upperBound)
    }

    @inlinable package var wrappedValue: JSONName? {
        get {
            let end = endAndEscapes & ~Self.escapes
            guard start <= end else { return nil }
            return JSONName(range: Int(start)..<Int(end), hasEscapes: endAndEscapes & Self.escapes != 0)
        }
        set { self = CompactName(wrappedValue: newValue) }
    }
}
