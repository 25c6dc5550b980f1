import Bytes
package import HTTP

/// The answers and header fields that let pages of other origins send requests and read answers (CORS).
///
/// Only the origins that the operator listed are allowed, each by its own name: never by `*`, never together with
/// cookies. Requests without an `Origin` cost nothing more, nor does any request where no origin is listed.
/// Source: Fetch §3.2 (HTTP-based CORS protocol); WICG Private Network Access §3.
package struct CrossOrigin: Sendable {
    /// The most bytes of the list of header fields that a page may ask to send.
    private static let namesBytesMax = 2048
    /// The fields that pages may read, beside the few that every page may read.
    private static let exposed = ResponseField(
        "Access-Control-Expose-Headers",
        "Mcp-Session-Id, WWW-Authenticate, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
            + "X-RateLimit-Reset, X-Request-Id, ETag, Allow, Accept-Encoding"
    )
    /// The fields that pages may send when they don't name any.
    private static let usualNames =
        "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, Mcp-Method, Mcp-Name"
    /// Includes methods that the endpoint doesn't have, so that a page can read the answer that says so.
    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE"

    private let source: SourceCheck

    package init(_ source: SourceCheck) { self.source = source }

    /// The answer to a browser that asks whether a page may send a request; nil for any other request, for an origin
    /// that isn't listed, and for a `Host` that isn't allowed.
    ///
    /// It needs no credential: browsers never send one with a preflight. It doesn't reveal what the server offers.
    package func preflight(_ request: borrowing Request) -> Response? {
        let bytes = request.bytes.span
        let fields = request.head.fields
        guard request.head.method == .options,
            fields.first("access-control-request-method", in: bytes) != nil,
            let origin = source.listedOrigin(of: request), source.refusal(of: request) == nil
        else { return nil }
        var answer = [
            ResponseField("Access-Control-Allow-Origin", bytes.text(origin)),
            ResponseField("Access-Control-Allow-Methods", Self.methods),
            ResponseField("Access-Control-Allow-Headers", Self.names(request) ?? Self.usualNames),
            ResponseField("Access-Control-Max-Age", "600"),
            ResponseField(
                "Vary",
                "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, "
                    + "Access-Control-Request-Private-Network"
            ),
        ]
        let asksForNetwork = fields.first("access-control-request-private-network", in: bytes)
        if let asksForNetwork, bytes.equals(asksForNetwork, "true") {
            answer.append(ResponseField("Access-Control-Allow-Private-Network", "true"))
        }
        return Response(status: 204, fields: answer)
    }

    /// The fields that let a page of a listed origin read an answer; none for any other request.
    package func fields(for request: borrowing Request) -> [ResponseField] {
        guard let origin = source.listedOrigin(of: request) else { return [] }
        return [
            ResponseField("Access-Control-Allow-Origin", request.bytes.span.text(origin)),
            Self.exposed, ResponseField("Vary", "Origin"),
        ]
    }

    /// The names of the fields that a page asks to send, as the answer repeats them. `*` would not cover
    /// `Authorization`, and tools choose the names of `Mcp-Param-…`.
    /// - Returns: nil when there are none, too many, or the field isn't a list of names.
    private static func names(_ request: borrowing Request) -> String? {
        let bytes = request.bytes.span
        guard let field = request.head.fields.first("access-control-request-headers", in: bytes),
            field.count <= namesBytesMax
        else { return nil }
        let names = bytes.text(field).split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " } }
        guard names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isNameByte) }) else { return nil }
        return names.joined(separator: ", ")
    }

    /// Whether names of header fields use the byte, which is stricter than a token of RFC 9110 §5.6.2.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte | 0x20 &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
