import Bytes

/// Something that JSON's grammar allows, and for which a strict parser refuses the whole document.
package struct StrictFault: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// Half of a surrogate pair, which no Unicode string has.
        case loneSurrogate
        /// As for `loneSurrogate`, in the name of a member.
        case loneSurrogateInName
        case numberTooLong(digitsMax: Int)
        /// Beyond what a double-precision number holds.
        case numberTooLarge
        case tooDeep(depthMax: Int)
    }

    /// The names and indexes that lead to the value, e.g. `properties.a.enum[1]`; empty for the document itself.
    package let path: String
    package let reason: Reason
}

extension JSON {
    /// Looks for what a strict parser would refuse in a validated document. One pass.
    ///
    /// `range` is the document in `bytes`; `depthMax`: arrays and objects inside each other.
    package static func checkStrictly(
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        depthMax: Int
    ) throws(StrictFault) {
        var check = StrictCheck(depthMax: depthMax)
        try check.run(bytes, range)
    }
}

private struct StrictCheck {
    /// An open bracket, and where in it the pass is.
    private enum Level {
        case object(key: Range<Int>, expectsKey: Bool)
        case array(index: Int)
    }

    let depthMax: Int
    private var levels: [Level] = []

    init(depthMax: Int) { self.depthMax = depthMax }

    mutating func run(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(StrictFault) {
        var at = range.lowerBound
        while at < range.upperBound {
            switch bytes[at] {
            case UInt8(ascii: "{"): try open(.object(key: at..<at, expectsKey: true), bytes)
            case UInt8(ascii: "["): try open(.array(index: 0), bytes)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): if !levels.isEmpty { levels.removeLast() }
            case UInt8(ascii: ","): moveOn()
            case UInt8(ascii: "\""):
                at = try string(bytes, at, range.upperBound)
                continue
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                at = try number(bytes, at, range.upperBound)
                continue
            default: break
            }
            at += 1
        }
    }

    private mutating func open(_ level: Level, _ bytes: Span<UInt8>) throws(StrictFault) {
        guard levels.count < depthMax else { throw fault(.tooDeep(depthMax: depthMax), bytes) }
        levels.append(level)
    }

    private mutating func moveOn() {
        switch levels.last {
        case .object(let key, _): levels[levels.count - 1] = .object(key: key, expectsKey: true)
        case .array(let index): levels[levels.count - 1] = .array(index: index + 1)
        case nil: break
        }
    }

    /// - Returns: the position after the closing quote.
    private mutating func string(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int
    ) throws(StrictFault) -> Int {
        var at = start + 1
        var hasLoneSurrogate = false
        while at < end, bytes[at] != UInt8(ascii: "\"") {
            guard bytes[at] == UInt8(ascii: "\\") else {
                at += 1
                continue
            }
            guard let unit = Self.unit(bytes, at, end) else {
                at += 2
                continue
            }
            at += 6
            if (0xD800...0xDBFF).contains(unit), let low = Self.unit(bytes, at, end),
                (0xDC00...0xDFFF).contains(low)
            {
                at += 6
            } else if (0xD800...0xDFFF).contains(unit) {
                hasLoneSurrogate = true
            }
        }
        var isName = false
        if case .object(_, expectsKey: true) = levels.last {
            isName = true
            levels[levels.count - 1] = .object(key: start + 1..<at, expectsKey: false)
        }
        if hasLoneSurrogate { throw fault(isName ? .loneSurrogateInName : .loneSurrogate, bytes) }
        return at + 1
    }

    /// The code unit that `\uXXXX` at `at` stands for; `nil` for anything else.
    private static func unit(_ bytes: Span<UInt8>, _ at: Int, _ end: Int) -> UInt32? {
        guard at + 5 < end, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for offset in 2..<6 {
            guard let digit = JSON.hexDigit(bytes[at + offset]) else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// - Returns: the position after the number.
    private func number(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(StrictFault) -> Int {
        var at = start
        while at < end {
            switch bytes[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                at += 1
                continue
            default: break
            }
            break
        }
        guard at - start <= JSON.numberLengthMax else {
            throw fault(.numberTooLong(digitsMax: JSON.numberLengthMax), bytes)
        }
        // Only an exponent takes a spelling of usual length out of range.
        guard Double(bytes.text(start..<at))?.isFinite != false else { throw fault(.numberTooLarge, bytes) }
        return at
    }

    private func fault(_ reason: StrictFault.Reason, _ bytes: Span<UInt8>) -> StrictFault {
        var path = ""
        var levels = levels[...]
        // A faulty name is reported at the object that it is in.
        if reason == .loneSurrogateInName { levels = levels.dropLast() }
        for level in levels {
            switch level {
            case .object(let key, _):
                if key.isEmpty { continue }
                let name = JSON.unescaped(bytes, key, hasEscapes: true)
                path += path.isEmpty ? name : ".\(name)"
            case .array(let index): path += "[\(index)]"
            }
        }
        return StrictFault(path: path, reason: reason)
    }
}
