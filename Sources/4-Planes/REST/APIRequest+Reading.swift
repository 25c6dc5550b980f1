import Bytes
package import HTTP
import JSON

extension APIRequest {
    /// Reads an HTTP request whose path starts with `root`, e.g. `/admin/v1`.
    ///
    /// The request has no id yet; `requestID(of:)` gives the caller's own, if it has one that is fit to be logged.
    /// - Throws: `.malformed` for a path, query or body that can't be read; `.tooLarge`; `.unsupportedMediaType` for a
    ///   body that isn't JSON.
    package init(
        _ request: borrowing Request,
        under root: String
    ) throws(Problem) {
        let path = request.path
        guard path.utf8.count - root.utf8.count <= APIBounds.pathBytesMax else {
            throw Problem(
                .malformed,
                "the path has more than \(APIBounds.pathBytesMax) bytes",
                hint: "names have 256 bytes at most"
            )
        }
        self.init(
            request.head.method,
            try Self.segments(path.utf8.dropFirst(root.utf8.count)),
            query: try Self.queryItems(request.query),
            body: try Self.body(of: request),
            ifMatch: request.header("if-match"),
            requestID: nil
        )
    }

    /// The id in the caller's `X-Request-Id`: 1 to 64 letters, digits, `-`, `_`, `.`, `:`; nil for any other text.
    package static func requestID(of request: borrowing Request) -> String? {
        guard let given = request.header("x-request-id"), (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({
                PercentEncoding.isUnreserved($0) && $0 != UInt8(ascii: "~") || $0 == UInt8(ascii: ":")
            })
        else { return nil }
        return given
    }

    private static func segments(_ path: Substring.UTF8View) throws(Problem) -> [String] {
        guard !path.isEmpty else { return [] }
        var segments: [String] = []
        for part in Array(path).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .dropFirst()
        {
            guard segments.count < APIBounds.segmentsMax else {
                throw Problem(
                    .notFound,
                    "there is nothing at that path",
                    hint: "see openapi.json for the paths"
                )
            }
            guard let segment = PercentEncoding.decode(part) else {
                throw Problem(
                    .malformed,
                    "the path isn't percent-encoded UTF-8",
                    hint: "encode each name in it"
                )
            }
            segments.append(segment)
        }
        return segments
    }

    private static func queryItems(_ query: String) throws(Problem) -> [QueryItem] {
        guard query.utf8.count <= APIBounds.queryBytesMax else {
            throw Problem(.malformed, "the query has more than \(APIBounds.queryBytesMax) bytes")
        }
        var items: [QueryItem] = []
        for pair in Array(query.utf8).split(separator: UInt8(ascii: "&")) {
            guard items.count < APIBounds.parametersMax else {
                throw Problem(.malformed, "the query has more than \(APIBounds.parametersMax) parameters")
            }
            let parts = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = parts.count > 1 ? PercentEncoding.decode(parts[1], plusIsSpace: true) : ""
            else {
                throw Problem(
                    .malformed,
                    "the query isn't percent-encoded UTF-8",
                    hint: "encode names and values"
                )
            }
            items.append(QueryItem(name, value))
        }
        return items
    }

    /// Why a body is refused by its header fields alone; nil when they are right.
    package static func bodyRefusal(_ head: borrowing Request) -> Problem? {
        guard !head.head.fields.isRepeated(.contentType) else {
            return Problem(.malformed, "the header Content-Type appears twice", hint: "send it once")
        }
        guard let type = head.header("content-type"), isJSON(type) else {
            return Problem(
                .unsupportedMediaType,
                "the body isn't declared as JSON",
                hint: "send Content-Type: application/json"
            )
        }
        // Source: RFC 9110 §15.5.16
        guard isPlain(head) else {
            return Problem(
                .unsupportedMediaType,
                "the body has a Content-Encoding",
                hint: "send it as it is",
                fields: [ResponseField("Accept-Encoding", "identity")]
            )
        }
        return nil
    }

    private static func isPlain(_ head: borrowing Request) -> Bool {
        let bytes = head.bytes.span
        return head.head.fields.all.allSatisfy { field in
            field.known != .contentEncoding || field.value.isEmpty
                || bytes.equalsIgnoringCase(field.value, "identity")
        }
    }

    private static func body(of request: borrowing Request) throws(Problem) -> JSONValue? {
        guard !request.body.isEmpty else { return nil }
        guard request.body.count <= APIBounds.bodyBytesMax else {
            throw Problem(.tooLarge, "the body has more than \(APIBounds.bodyBytesMax) bytes")
        }
        if let problem = bodyRefusal(request) { throw problem }
        do throws(JSONError) {
            _ = try JSON.validate(request.bytes.span, in: request.body, depthMax: APIBounds.bodyDepthMax)
            return try JSONValue(parsing: request.bytes.span, in: request.body)
        } catch {
            let offset = error.offset - request.body.lowerBound
            throw Problem(
                .malformed,
                "the body isn't JSON: \(error.reason) at byte \(offset)",
                hint: "send one JSON object"
            )
        }
    }

    /// Whether the type is `application/json` or ends with `+json`; parameters don't matter.
    private static func isJSON(_ contentType: String) -> Bool {
        let essence = contentType.split(separator: ";", omittingEmptySubsequences: false)[0]
            .filter { $0 != " " && $0 != "\t" }.lowercased()
        return essence == "application/json"
            || (essence.hasPrefix("application/") && essence.hasSuffix("+json"))
    }
}
