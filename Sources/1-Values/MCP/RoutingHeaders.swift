import Bytes
import HTTP

/// The header fields that routing looks at, found in one pass over the head. No allocation.
struct RoutingHeaders {
    /// The first field of each name, its value as a range into the request's bytes.
    private(set) var version: Range<Int>?
    private(set) var method: Range<Int>?
    private(set) var name: Range<Int>?
    private(set) var contentType: Range<Int>?
    private(set) var accepted = AcceptedTypes()
    /// Fields that came more than once: first-copy and last-copy readers would disagree about them.
    private(set) var hasTwoVersions = false
    private(set) var hasTwoMethods = false
    private(set) var hasTwoNames = false
    private(set) var hasTwoContentTypes = false
    /// The body is coded, e.g. with gzip.
    private(set) var isEncoded = false

    init(_ fields: HeaderFields, in bytes: Span<UInt8>) {
        var hasAccept = false
        for field in fields.all {
            switch field.name.count {
            case 6 where bytes.equalsIgnoringCase(field.name, "accept"):
                if accepted.add(bytes, field.value) { hasAccept = true }
            case 8 where bytes.equalsIgnoringCase(field.name, "mcp-name"):
                hasTwoNames = name != nil
                name = name ?? field.value
            case 10 where bytes.equalsIgnoringCase(field.name, "mcp-method"):
                hasTwoMethods = method != nil
                method = method ?? field.value
            case 12 where bytes.equalsIgnoringCase(field.name, "content-type"):
                hasTwoContentTypes = contentType != nil
                contentType = contentType ?? field.value
            case 16 where bytes.equalsIgnoringCase(field.name, "content-encoding"):
                isEncoded = isEncoded || !Self.isIdentity(bytes, field.value)
            case 20 where bytes.equalsIgnoringCase(field.name, "mcp-protocol-version"):
                hasTwoVersions = version != nil
                version = version ?? field.value
            default:
                break
            }
        }
        if !hasAccept { accepted = .all }
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
        var end = contentType.lowerBound
        while end < contentType.upperBound, bytes[end] != UInt8(ascii: ";") { end += 1 }
        while end > contentType.lowerBound, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return bytes.equalsIgnoringCase(contentType.lowerBound..<end, "application/json")
    }
}
