import Bytes
import JSON

/// The head of an HTTP response that a function streams: a JSON object and eight bytes of zero, which may come in pieces.
///
/// Source: Lambda Developer Guide, response streaming, "HTTP integration response"
struct StreamedPrelude: Sendable {
    enum Reading {
        case incomplete
        /// It is none: an ordinary HTTP response as JSON, or something else. Its bytes were not used.
        case none
        case body(Body)
    }

    /// How the body behind it is read.
    enum Body { case events, values, whole }

    /// The most bytes of the object.
    static let bytesMax = 256 << 10
    private static let zerosCount = 8

    private var object = StreamedValues()
    /// The whole object and the zeros behind it.
    private var bytes = ByteBuffer()
    private var zeros = 0

    var heldBytes: Int { object.begun.count + bytes.count }

    /// Moves on in the bytes, up to the body or the end.
    mutating func read(_ input: Span<UInt8>, _ position: inout Int) -> Reading {
        if bytes.bytes.isEmpty {
            if object.begun.bytes.isEmpty {
                position = JSON.skipSpace(input, from: position, to: input.count)
                guard position < input.count else { return .incomplete }
                guard input[position] == UInt8(ascii: "{") else { return .none }
            }
            let whole = object.next(input, &position)
            guard max(object.begun.count, whole?.count ?? 0) <= Self.bytesMax else {
                bytes.bytes = whole ?? object.takeBegun()
                return .none
            }
            guard let whole else { return .incomplete }
            bytes.bytes = whole
        }
        if zeros == 0 { position = JSON.skipSpace(input, from: position, to: input.count) }
        while position < input.count {
            guard input[position] == 0 else { return .none }
            position += 1
            zeros += 1
            bytes.append(0)
            if zeros == Self.zerosCount { return body.map { .body($0) } ?? .none }
        }
        return .incomplete
    }

    /// Hands over what was read; there is no prelude after that.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = ByteBuffer() }
        return bytes.bytes.isEmpty ? object.takeBegun() : bytes.bytes
    }

    /// The whole response with that body; the body alone without a prelude.
    func appending(_ body: [UInt8]) -> [UInt8] {
        guard !bytes.bytes.isEmpty else { return body }
        var out = ByteBuffer(capacity: bytes.count + body.count)
        out.append(contentsOf: bytes.bytes)
        out.append(contentsOf: body)
        return out.bytes
    }

    /// Nil for an object that isn't valid JSON.
    private var body: Body? {
        guard let head = try? HTTPAnswer(bytes.bytes, payload: 0..<bytes.count) else { return nil }
        guard 200...299 ~= head.status, !head.isBase64,
            (head.header("content-encoding") ?? "identity").lowercased() == "identity"
        else { return .whole }
        let label = (head.header("content-type") ?? "").lowercased()
        switch label.prefix(while: { $0 != ";" && $0 != " " }) {
        case "text/event-stream": return .events
        case "", "application/json", "application/x-ndjson", "application/ndjson", "application/jsonl":
            return .values
        default: return .whole
        }
    }
}
