import Bytes
import HTTP

/// The header fields that routing uses. No allocation.
struct RoutingHeaders {
    /// The first field of each name, its value as a range into the request's bytes.
    let version: Range<Int>?
    let method: Range<Int>?
    let name: Range<Int>?
    let contentType: Range<Int>?
    let accepted: AcceptedTypes
    /// Whether a field came more than once: readers of the first and readers of the last would disagree about it.
    let hasTwoVersions: Bool
    let hasTwoMethods: Bool
    let hasTwoNames: Bool
    let hasTwoContentTypes: Bool
    /// Whether the body is encoded, e.g. with gzip.
    let isEncoded: Bool

    init(_ fields: HeaderFields, in bytes: Span<UInt8>) {
        version = fields.first(.mcpProtocolVersion)
        method = fields.first(.mcpMethod)
        name = fields.first(.mcpName)
        contentType = fields.first(.contentType)
        accepted = AcceptedTypes(fields, in: bytes)
        hasTwoVersions = fields.isRepeated(.mcpProtocolVersion)
        hasTwoMethods = fields.isRepeated(.mcpMethod)
        hasTwoNames = fields.isRepeated(.mcpName)
        hasTwoContentTypes = fields.isRepeated(.contentType)
        isEncoded =
            fields.contains(.contentEncoding)
            && fields.all.contains { $0.known == .contentEncoding && !Self.isIdentity(bytes, $0.value) }
    }

    /// Whether a list of content codings names none. Source: RFC 9110 §8.4, §12.5.3.
    private static func isIdentity(_ bytes: Span<UInt8>, _ list: Range<Int>) -> Bool {
        list.isEmpty || bytes.equalsIgnoringCase(list, "identity")
    }

    /// Whether the version header names a modern version that is served.
    func namesModernVersion(_ bytes: Span<UInt8>) -> Bool {
        version.flatMap { ProtocolVersion(bytes, $0) }?.isModern == true
    }

    /// Whether the body is declared as JSON: `application/json`, with any parameters.
    func declaresJSON(_ bytes: Span<UInt8>) -> Bool {
        guard let contentType else { return false }
        if bytes.equals(contentType, "application/json") { return true }
        var end = contentType.lowerBound
        while end < contentType.upperBound, bytes[end] != UInt8(ascii: ";") { end += 1 }
        while end > contentType.lowerBound, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return bytes.equalsIgnoringCase(contentType.lowerBound..<end, "application/json")
    }
}
