import Bytes
import JSON

/// What a JSON object is in JSON-RPC, found in the one scan that validates it.
///
/// Source: JSON-RPC 2.0 §4 and §5
struct StreamedEnvelope {
    enum Kind {
        case notification(method: JSONName)
        case request(method: JSONName)
        /// A result or an error; `id` is nil when there is none, or null.
        case response(id: Range<Int>?)
        /// An object that is no message.
        case other
    }

    private(set) var kind = Kind.other
    /// The whole object.
    let range: Range<Int>
    /// The raw object; nil when there is none, or null.
    private(set) var params: Range<Int>?
    private var version: Range<Int>?
    private var id: Range<Int>?
    private var method: Range<Int>?
    private var result: Range<Int>?
    private var error: Range<Int>?

    /// Reads a text that is the object alone, with white space around it.
    /// - Throws: as below.
    init(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = JSON.skipSpace(bytes, from: 0, to: bytes.count)
        try self.init(bytes, at: start, end: bytes.count)
        let end = JSON.skipSpace(bytes, from: range.upperBound, to: bytes.count)
        guard end == bytes.count else { throw JSONError(offset: end, reason: .trailingBytes) }
    }

    /// Reads the object that starts there.
    /// - Throws: the first fault in the JSON; also `.duplicateKey` for a second member of a name that means something here.
    init(_ bytes: Span<UInt8>, at position: Int, end: Int) throws(JSONError) {
        var walk = try JSONObjectWalk(bytes, at: position, end: end)
        var count = 0
        while let name = try walk.next(bytes) {
            let value = try walk.skip(bytes)
            count += 1
            switch true {
            case name.equals("jsonrpc", in: bytes): try Members.set(&version, value, name)
            case name.equals("id", in: bytes): try Members.set(&id, value, name)
            case name.equals("method", in: bytes): try Members.set(&method, value, name)
            case name.equals("params", in: bytes): try Members.set(&params, value, name)
            case name.equals("result", in: bytes): try Members.set(&result, value, name)
            case name.equals("error", in: bytes): try Members.set(&error, value, name)
            default: break
            }
        }
        range = position..<walk.position
        kind = judge(bytes, count)
    }

    private mutating func judge(_ bytes: Span<UInt8>, _ count: Int) -> Kind {
        if let value = params, JSON.kind(bytes, at: value) == .null { params = nil }
        guard let method else {
            let known = [id, result, error].reduce(0) { $0 + ($1 == nil ? 0 : 1) }
            // As elsewhere, a response may lack its version if it has nothing that a response hasn't.
            guard result != nil || error != nil, version != nil || known == count else { return .other }
            return .response(id: id.flatMap { JSON.kind(bytes, at: $0) == .null ? nil : $0 })
        }
        guard let name = JSONName(bytes, at: method), result == nil, error == nil,
            let version, JSONName(bytes, at: version)?.equals("2.0", in: bytes) == true,
            params.map({ JSON.kind(bytes, at: $0) == .object }) != false
        else { return .other }
        guard let id else { return .notification(method: name) }
        switch JSON.kind(bytes, at: id) {
        case .string, .number: return .request(method: name)
        default: return .other
        }
    }
}
