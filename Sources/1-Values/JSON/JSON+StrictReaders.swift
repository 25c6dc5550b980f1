// JSON that the grammar allows and strict readers refuse: text that isn't Unicode, and overlong numbers.
import Bytes

extension JSON {
    /// The most characters (digits, signs, point, exponent) of a number that is passed on, one byte each. Python's
    /// `int` takes 4,300 digits, others fewer.
    package static let numberLengthMax = 1_000

    /// The first escape in `range` that is half of a surrogate pair without its other half; nil when there is
    /// none.
    ///
    /// `range`: of validated JSON; with other bytes, nothing outside it is read. Linear, eight bytes at a time, no
    /// allocation.
    package static func loneSurrogate(_ bytes: Span<UInt8>, in range: Range<Int>) -> Int? {
        var at = nextBackslash(bytes, from: range.lowerBound, to: range.upperBound)
        while at &+ 1 < range.upperBound {
            if bytes[at &+ 1] == UInt8(ascii: "u"), let unit = unit(bytes, at, range.upperBound),
                unit & 0xF800 == 0xD800
            {
                guard unit < 0xDC00, let other = self.unit(bytes, at &+ 6, range.upperBound),
                    other & 0xFC00 == 0xDC00
                else { return at }
                at &+= 6
            }
            at = nextBackslash(bytes, from: min(at &+ 2, range.upperBound), to: range.upperBound)
        }
        return nil
    }

    /// Writes `\ufffd` over each lone surrogate, which keeps every other byte in its place.
    package static func replaceLoneSurrogates(in bytes: inout [UInt8]) {
        var start = 0
        while let at = loneSurrogate(bytes.span, in: start..<bytes.count) {
            bytes.replaceSubrange(at..<at + 6, with: Array(#"\ufffd"#.utf8))
            start = at + 6
        }
    }

    /// The code unit of the `\uXXXX` that begins at `at`; nil for anything else.
    private static func unit(_ bytes: Span<UInt8>, _ at: Int, _ end: Int) -> UInt32? {
        guard at &+ 6 <= end, bytes[at] == UInt8(ascii: "\\"), bytes[at &+ 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for index in at &+ 2..<at &+ 6 {
            guard let digit = hexDigit(bytes[index]) else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// The first number in `range` of more than `numberLengthMax` characters; nil when there is none.
    ///
    /// `range`: of validated JSON. Checks one byte in a thousand, as no overlong number fits between two checked bytes.
    package static func overlongNumber(_ bytes: Span<UInt8>, in range: Range<Int>) -> Range<Int>? {
        var at = range.lowerBound &+ numberLengthMax
        while at < range.upperBound {
            guard isOfNumber(bytes[at]) else {
                at &+= numberLengthMax
                continue
            }
            var start = at
            while start > range.lowerBound, isOfNumber(bytes[start &- 1]) { start &-= 1 }
            var end = at &+ 1
            while end < range.upperBound, isOfNumber(bytes[end]) { end &+= 1 }
            // These may be digits inside a string.
            if end &- start > numberLengthMax { return exactOverlongNumber(bytes, in: range) }
            at = max(end, at &+ numberLengthMax)
        }
        return nil
    }

    /// Like `overlongNumber`, but checks every byte.
    @inline(never)
    private static func exactOverlongNumber(_ bytes: Span<UInt8>, in range: Range<Int>) -> Range<Int>? {
        var isInString = false
        var at = range.lowerBound
        var start = at
        while at < range.upperBound {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if isInString, byte == UInt8(ascii: "\\") {
                at &+= 1
            } else if !isInString, isOfNumber(byte) {
                at &+= 1
                if at &- start > numberLengthMax {
                    while at < range.upperBound, isOfNumber(bytes[at]) { at &+= 1 }
                    return start..<at
                }
                continue
            }
            at &+= 1
            start = at
        }
        return nil
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
    }
}
