/// One spelling for URIs that mean the same, so that none is reached by another spelling than the one that a rule names.
/// Source: RFC 3986 §6.2.2
enum CanonicalURI {
    /// With scheme and host in lower case, the percent-encodings that nothing needs taken off, and the others in upper
    /// case.
    static func of(_ uri: String) -> String {
        var bytes = Array(uri.utf8)
        lowerSchemeAndHost(of: &bytes)
        guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "%"), at + 2 < bytes.count, let high = value(bytes[at + 1]),
                let low = value(bytes[at + 2])
            else {
                out.append(bytes[at])
                at += 1
                continue
            }
            let byte = high << 4 | low
            if isUnreserved(byte) {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digit(high), digit(low)]
            }
            at += 3
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Neither depends on the case of its letters. Source: RFC 3986 §6.2.2.1
    private static func lowerSchemeAndHost(of bytes: inout [UInt8]) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return }
        var end = colon
        if bytes[colon...].starts(with: "://".utf8) {
            let start = colon + 3
            end = bytes[start...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.count
            let host = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? start
            for index in host..<end { bytes[index] = lower(bytes[index]) }
            end = colon
        }
        for index in 0..<end { bytes[index] = lower(bytes[index]) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// With each percent-encoding taken off, again and again: what a target may make of it.
    static func decoded(_ uri: String) -> String {
        var text = Array(uri.utf8)
        for _ in 0..<4 {
            var out: [UInt8] = []
            var at = 0
            while at < text.count {
                if text[at] == UInt8(ascii: "%"), at + 2 < text.count, let high = value(text[at + 1]),
                    let low = value(text[at + 2])
                {
                    out.append(high << 4 | low)
                    at += 3
                } else {
                    out.append(text[at])
                    at += 1
                }
            }
            guard out.count < text.count else { break }
            text = out
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decoded and in lower case: equal for all spellings that some target may take for one.
    static func spelling(_ uri: String) -> String { decoded(uri).lowercased() }

    /// Whether a segment of the path is `.` or `..`, in any encoding: such a URI means another one than it says.
    static func climbs(_ uri: String) -> Bool {
        let segments = decoded(uri).utf8.split(omittingEmptySubsequences: false) { "/\\?#".utf8.contains($0) }
        return segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
            || "-._~".utf8.contains(byte)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
