import Bytes
import JSON

/// The messages in a body of server-sent events, as servers that stream over HTTP write it. Linear; the text of each event is
/// copied once.
///
/// Source: HTML "Server-sent events" §9.2.6; MCP 2025-11-25 transports
struct EventStreamBody {
    private var position: Int
    private let end: Int

    /// Nil for a text that isn't a stream of events.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard Self.beginsWithField(bytes, range) else { return nil }
        position = range.lowerBound
        end = range.upperBound
    }

    /// The data of the next event that has any; nil at the end. The last event may lack its empty line.
    mutating func next(_ bytes: Span<UInt8>) -> [UInt8]? {
        var data: [UInt8] = []
        while position < end {
            let start = position
            var stop = start
            while stop < end, bytes[stop] != 10, bytes[stop] != 13 { stop += 1 }
            let isPair = stop + 1 < end && bytes[stop] == 13 && bytes[stop + 1] == 10
            position = stop + (isPair ? 2 : 1)
            if stop == start {
                if !data.isEmpty { return data }
            } else if bytes.equals(start..<min(start + 5, stop), "data:") {
                let isSpaced = start + 5 < stop && bytes[start + 5] == UInt8(ascii: " ")
                if !data.isEmpty { data.append(10) }
                Self.append(bytes, start + (isSpaced ? 6 : 5)..<stop, to: &data)
            }
        }
        return data.isEmpty ? nil : data
    }

    private static func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to data: inout [UInt8]) {
        var out = ByteBuffer()
        swap(&out.bytes, &data)
        out.append(bytes.extracting(range))
        swap(&out.bytes, &data)
    }

    /// The data of the event that holds a response: the first one with a result or an error, as notifications may
    /// come before it. Nil for a text that isn't a stream of JSON messages.
    static func response(in bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        guard var events = EventStreamBody(bytes, range) else { return nil }
        var fallback: [UInt8]?
        while let data = events.next(bytes) {
            guard let isResponse = isResponse(data) else { continue }
            if isResponse { return data }
            fallback = fallback ?? data
        }
        return fallback
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
