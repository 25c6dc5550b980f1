/// The value of `tracestate`: what tracing systems pass on to their own kind further down. The gateway adds nothing to
/// it.
///
/// It is passed on unchanged, or not at all: nobody could rely on a malformed or overlong one.
/// Source: W3C Trace Context, §3.3
package enum TraceState {
    package static let bytesMax = 512
    package static let membersMax = 32

    /// Whether the value may be passed on: a list of one or more `key=value`, each key once.
    package static func isSound(_ text: Span<UInt8>) -> Bool {
        guard 1...bytesMax ~= text.count else { return false }
        var members: [Range<Int>] = []
        var start = 0
        while start <= text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: ",") { end += 1 }
            let member = trimmed(start..<end, text)
            start = end + 1
            if member.isEmpty { continue }  // empty members are allowed
            guard let key = key(of: member, text), members.count < membersMax,
                !members.contains(where: { isEqual($0, key, text) })
            else { return false }
            members.append(key)
        }
        return !members.isEmpty
    }

    /// The key of `key=value`; `nil` when either is malformed.
    private static func key(of member: Range<Int>, _ text: Span<UInt8>) -> Range<Int>? {
        guard let equals = member.first(where: { text[$0] == UInt8(ascii: "=") }) else { return nil }
        let key = member.lowerBound..<equals
        let value = equals + 1..<member.upperBound
        guard isKey(key, text), 1...256 ~= value.count else { return nil }
        for index in value {
            let byte = text[index]
            guard 0x20...0x7E ~= byte, byte != UInt8(ascii: "=") else { return nil }
        }
        return key
    }

    /// `vendor`, or `tenant@vendor`.
    private static func isKey(_ key: Range<Int>, _ text: Span<UInt8>) -> Bool {
        guard let at = key.first(where: { text[$0] == UInt8(ascii: "@") }) else {
            return 1...256 ~= key.count && isLower(text[key.lowerBound]) && isWord(key, text)
        }
        let tenant = key.lowerBound..<at
        let vendor = at + 1..<key.upperBound
        return 1...241 ~= tenant.count && isWord(tenant, text) && 1...14 ~= vendor.count
            && isLower(text[vendor.lowerBound]) && isWord(vendor, text)
            && (isLower(text[tenant.lowerBound]) || isDigit(text[tenant.lowerBound]))
    }

    private static func isWord(_ range: Range<Int>, _ text: Span<UInt8>) -> Bool {
        for index in range {
            switch text[index] {
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"): continue
            case let byte where isLower(byte) || isDigit(byte): continue
            default: return false
            }
        }
        return true
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func trimmed(_ range: Range<Int>, _ text: Span<UInt8>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, text[start] == 32 || text[start] == 9 { start += 1 }
        while end > start, text[end - 1] == 32 || text[end - 1] == 9 { end -= 1 }
        return start..<end
    }

    private static func isEqual(_ left: Range<Int>, _ right: Range<Int>, _ text: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count where text[left.lowerBound + offset] != text[right.lowerBound + offset] {
            return false
        }
        return true
    }
}
