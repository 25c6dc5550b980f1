import Bytes

/// A format that strings of a result must have, as some clients check it.
package enum TextFormat: Sendable {
    /// Text that `atob` decodes; the TypeScript client decodes images, audio and blobs while it reads a result.
    case base64
    /// A scheme, a colon, and a host if the scheme has one; Python's clients before 2.0 parse it as a URL.
    case uri
    /// A date and a time with an offset, as ISO 8601 writes them; the TypeScript client checks it.
    case timestamp

    /// The format, as the text after "must be".
    var wanted: String {
        switch self {
        case .base64: "Base64"
        case .uri: "an absolute URI, such as https://example.com/a or file:///a"
        case .timestamp: "a date and time such as 2026-11-29T08:00:00Z"
        }
    }

    func accepts(_ text: String) -> Bool {
        switch self {
        case .base64: ForgivingBase64.isValid(text.utf8.span, 0..<text.utf8.count)
        case .uri: Self.isURI(text)
        case .timestamp: Self.isTimestamp(text)
        }
    }

    /// Source: RFC 3986 §3.1; WHATWG URL "special scheme", whose host may not be empty
    private static func isURI(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let first = bytes.first, isLetter(first),
            bytes[..<colon].allSatisfy({ isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) }),
            bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return false }
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        guard ["http", "https", "ws", "wss", "ftp"].contains(scheme) else { return true }
        let rest = bytes[(colon + 1)...].drop { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        let authority = rest.prefix { !"/\\?#".utf8.contains($0) }
        let host = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[($0 + 1)...] } ?? authority
        return isHost(host)
    }

    /// Whether the text is a name or an address, with a port or without.
    private static func isHost(_ text: ArraySlice<UInt8>) -> Bool {
        var name = text
        if let bracket = text.lastIndex(of: UInt8(ascii: "]")) {
            name = text[...bracket]
        } else if let colon = text.lastIndex(of: UInt8(ascii: ":")) {
            name = text[..<colon]
        }
        let port = text[name.endIndex...].dropFirst()
        guard port.isEmpty || UInt16(String(decoding: port, as: UTF8.self)) != nil else { return false }
        if name.first == UInt8(ascii: "[") {
            return name.count > 3 && name.last == UInt8(ascii: "]")
                && name.dropFirst().dropLast().allSatisfy {
                    isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20)
                        || ":.".utf8.contains($0)
                }
        }
        return !name.isEmpty && name.allSatisfy { !"\"#%/:<>?@[\\]^`{|}".utf8.contains($0) }
    }

    /// Whether the text is `2026-11-29T08:00Z`, optionally with seconds, their fraction, and an offset in place of the
    /// Z.
    private static func isTimestamp(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func number(_ digits: Int, _ range: ClosedRange<Int>) -> Bool {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy(isDigit) else { return false }
            rest = rest.dropFirst(digits)
            return range.contains(part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
        }
        func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard number(4, 0...9999), take("-"),
            let month = Int(String(decoding: rest.prefix(2), as: UTF8.self)),
            number(2, 1...12), take("-"), number(2, 1...days(in: month, year: text)), take("T"),
            number(2, 0...23), take(":"), number(2, 0...59)
        else { return false }
        if take(":") {
            guard number(2, 0...59) else { return false }
            if take(".") {
                let fraction = rest.prefix(while: isDigit)
                guard !fraction.isEmpty else { return false }
                rest = rest.dropFirst(fraction.count)
            }
        }
        if take("Z") { return rest.isEmpty }
        guard take("+") || take("-"), number(2, 0...23), take(":"), number(2, 0...59) else { return false }
        return rest.isEmpty
    }

    private static func days(in month: Int, year text: String) -> Int {
        let year = Int(text.prefix(4)) ?? 0
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch month {
        case 2: return isLeap ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
