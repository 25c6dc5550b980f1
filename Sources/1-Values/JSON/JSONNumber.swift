import Bytes

/// A JSON number taken apart, without rounding: ±digits × 10^exponent.
///
/// Two spellings are the same number when their parts are equal: `42`, `42.0` and `4.2e1`. Never allocates.
package struct JSONNumber: Sendable {
    private let isNegative: Bool
    /// The spelling's digits without leading and trailing zeros; a dot may lie among them.
    private let digits: Range<Int>
    /// The power of ten of the last digit in `digits`; saturates far outside any real use.
    private let exponent: Int

    /// `value`: a raw number of a validated document; nil for another value.
    package init?(_ bytes: Span<UInt8>, at value: Range<Int>) {
        guard JSON.kind(bytes, at: value) == .number, !value.isEmpty else { return nil }
        var at = value.lowerBound
        let end = value.upperBound
        let minus = bytes[at] == UInt8(ascii: "-")
        if minus { at += 1 }
        var firstDigit: Int?
        var lastDigit = at
        var power = 0  // of the last digit read
        var lastPower = 0  // of the last digit that is not zero
        var seenDot = false
        let start = at
        while at < end, bytes[at] | 0x20 != UInt8(ascii: "e") {
            let byte = bytes[at]
            if byte == UInt8(ascii: ".") {
                seenDot = true
            } else {
                guard byte &- UInt8(ascii: "0") < 10 else { return nil }
                if seenDot { power -= 1 }
                if byte != UInt8(ascii: "0") {
                    firstDigit = firstDigit ?? at
                    lastDigit = at
                    lastPower = power
                }
            }
            at += 1
        }
        guard let firstDigit else {
            isNegative = false
            digits = start..<start
            exponent = 0
            return
        }
        // Digits before the dot that follow the last one kept each multiply by ten.
        if !seenDot || lastPower == 0 {
            var index = lastDigit + 1
            while index < end, bytes[index] &- UInt8(ascii: "0") < 10 {
                lastPower += 1
                index += 1
            }
        }
        isNegative = minus
        digits = firstDigit..<lastDigit + 1
        exponent = lastPower + (at < end ? Self.exponent(bytes, at + 1, end) : 0)
    }

    private static func exponent(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var at = start
        var minus = false
        if at < end, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
            minus = bytes[at] == UInt8(ascii: "-")
            at += 1
        }
        var value = 0
        while at < end {
            value = min(value * 10 + Int(bytes[at] &- UInt8(ascii: "0")), 1 << 40)
            at += 1
        }
        return minus ? -value : value
    }

    /// Whether the number has no fraction.
    package var isInteger: Bool { exponent >= 0 }

    /// Whether both are the same number; each with the bytes it was read from.
    package func equals(_ other: JSONNumber, in bytes: Span<UInt8>, otherBytes: Span<UInt8>) -> Bool {
        guard isNegative == other.isNegative, exponent == other.exponent else { return false }
        var left = digits.lowerBound
        var right = other.digits.lowerBound
        while true {
            if left < digits.upperBound, bytes[left] == UInt8(ascii: ".") { left += 1 }
            if right < other.digits.upperBound, otherBytes[right] == UInt8(ascii: ".") { right += 1 }
            let isDone = left >= digits.upperBound
            guard isDone == (right >= other.digits.upperBound) else { return false }
            if isDone { return true }
            guard bytes[left] == otherBytes[right] else { return false }
            left += 1
            right += 1
        }
    }

    /// The number as an `Int`; nil when it has a fraction or doesn't fit.
    package func int(in bytes: Span<UInt8>) -> Int? {
        guard isInteger, exponent <= 19 else { return nil }
        var value = 0
        for index in digits where bytes[index] != UInt8(ascii: ".") {
            let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
            let digit = Int(bytes[index] &- UInt8(ascii: "0"))
            let (next, overflowsToo) = shifted.subtractingReportingOverflow(digit)
            if overflows || overflowsToo { return nil }
            value = next  // kept negative, as the smallest Int has no positive counterpart
        }
        for _ in 0..<exponent {
            let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
            if overflows { return nil }
            value = shifted
        }
        if isNegative { return value }
        return value == Int.min ? nil : -value
    }
}

extension JSON {
    /// The value as an `Int`; nil when it isn't a number, has a fraction (`1.5`; but `1.0` is 1) or doesn't
    /// fit.
    package static func int(_ bytes: Span<UInt8>, at value: Range<Int>) -> Int? {
        JSONNumber(bytes, at: value)?.int(in: bytes)
    }
}
