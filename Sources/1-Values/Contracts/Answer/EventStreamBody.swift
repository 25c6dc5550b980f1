import Bytes
import JSON

/// The JSON-RPC response in a body of server-sent events, as servers that stream over HTTP write it.
///
/// Source: HTML "Server-sent events" §9.2.6; MCP 2025-11-25 transports
enum EventStreamBody {
    /// The data of the event that holds a response: the first one with a result or an error, as notifications may
    /// come before it. Nil for a text that is no stream of JSON messages.
    ///
    /// Linear; the text of each event is copied once.
    static func response(in bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        guard beginsWithField(bytes, range) else { return nil }
        var data: [UInt8] = []
        var fallback: [UInt8]?
        var at = range.lowerBound
        while at < range.upperBound {
            var end = at
            while end < range.upperBound, bytes[end] != 10, bytes[end] != 13 { end += 1 }
            if end == at {
                if let isResponse = isResponse(data) {
                    if isResponse { return data }
                    fallback = fallback ?? data
                }
                data = []
            } else if bytes.equals(at..<min(at + 5, end), "data:") {
                let isSpaced = at + 5 < end && bytes[at + 5] == UInt8(ascii: " ")
                if !data.isEmpty { data.append(10) }
                for index in at + (isSpaced ? 6 : 5)..<end { data.append(bytes[index]) }
            }
            let isPair = end + 1 < range.upperBound && bytes[end] == 13 && bytes[end + 1] == 10
            at = end + (isPair ? 2 : 1)
        }
        // The last event may lack its empty line.
        guard let isResponse = isResponse(data) else { return fallback }
        return isResponse ? data : fallback ?? data
    }

    /// Whether the data answers a request; nil when it isn't a JSON object.
    private static func isResponse(_ data: [UInt8]) -> Bool? {
        let bytes = data.span
        guard let value = try? JSON.validate(bytes), JSON.kind(bytes, at: value) == .object else {
            return nil
        }
        return JSON.member("result", of: value, in: bytes) != nil
            || JSON.member("error", of: value, in: bytes) != nil
    }

    private static func beginsWithField(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for name in [":", "data:", "event:", "id:", "retry:"] as [StaticString] {
            let end = min(range.lowerBound + name.utf8CodeUnitCount, range.upperBound)
            if bytes.equals(range.lowerBound..<end, name) { return true }
        }
        return false
    }
}
