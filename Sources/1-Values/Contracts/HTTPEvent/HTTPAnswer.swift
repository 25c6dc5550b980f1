import Bytes
import JSON

/// The HTTP response that a function answered with: status, headers and body, in whichever form the function writes.
///
/// Source: API Gateway Developer Guide, "Lambda function responses", formats 1.0 and 2.0; lambda-response-streaming, "HTTP
/// integration response"
struct HTTPAnswer {
    /// 200 when the function named none, as for HTTP APIs.
    private(set) var status = 200
    /// The body's bytes; empty for none.
    private(set) var body: [UInt8] = []
    /// The bytes that hold the headers.
    private let bytes: [UInt8]
    private var headers: Range<Int>?
    private var multiValueHeaders: Range<Int>?
    private var bodyValue: Range<Int>?
    private(set) var isBase64 = false

    /// Takes the response apart: one scan, and the body is unescaped into bytes of its own.
    /// - Throws: `.badAnswer` for anything but an HTTP response, and for a body that can't be decoded.
    init(_ bytes: [UInt8], payload: Range<Int>) throws(ContractError) {
        self.bytes = bytes
        let span = bytes.span
        let start = JSON.skipSpace(span, from: payload.lowerBound, to: payload.upperBound)
        guard start < payload.upperBound else {
            throw .badAnswer("the function returned nothing; a tool call or list needs an HTTP response")
        }
        guard span[start] == UInt8(ascii: "{") else {
            throw .badAnswer(
                "it is not an HTTP response {\"statusCode\",\"headers\",\"body\"}; it begins "
                    + excerpt(span, start..<payload.upperBound)
            )
        }
        let end: Int
        var hasStatus = false
        do throws(JSONError) {
            end = try readMembers(span, start..<payload.upperBound, &hasStatus)
        } catch {
            throw .badAnswer(
                "the function's answer is not valid JSON: \(error.reason.description) at byte "
                    + "\(max(error.offset - payload.lowerBound, 0)) of \(payload.count); it begins "
                    + excerpt(span, start..<payload.upperBound)
            )
        }
        if end < payload.upperBound {
            body = Array(bytes[try Self.streamedBody(span, end..<payload.upperBound)])
        } else if hasStatus || bodyValue != nil {
            body = try decodedBody()
        } else {
            // A function behind an HTTP API may return the body alone.
            body = Array(bytes[start..<end])
        }
    }

    /// Reads the members of a response.
    /// - Returns: the position of the next byte after the object that isn't white space, or of the end.
    private mutating func readMembers(
        _ span: Span<UInt8>,
        _ range: Range<Int>,
        _ hasStatus: inout Bool
    ) throws(JSONError) -> Int {
        var walk = try JSONObjectWalk(span, at: range.lowerBound, end: range.upperBound)
        while let name = try walk.next(span) {
            let value = try walk.skip(span)
            if name.equals("body", in: span) {
                bodyValue = value
            } else if name.equals("statusCode", in: span) {
                let text = JSON.string(span, at: value)
                guard let code = text.flatMap({ Int($0) }) ?? JSON.int(span, at: value) else { continue }
                status = code
                hasStatus = true
            } else if name.equals("headers", in: span) {
                headers = value
            } else if name.equals("multiValueHeaders", in: span) {
                multiValueHeaders = value
            } else if name.equals("isBase64Encoded", in: span) {
                isBase64 = JSON.kind(span, at: value) == .true
            }
        }
        return JSON.skipSpace(span, from: walk.position, to: range.upperBound)
    }

    /// The range of a streamed response's body: after its prelude and eight bytes of zero.
    private static func streamedBody(_ span: Span<UInt8>, _ rest: Range<Int>) throws(ContractError) -> Range<
        Int
    > {
        let zeros = rest.prefix(8).prefix { span[$0] == 0 }.count
        guard zeros == 8 else {
            throw .badAnswer(
                "there are more bytes after the HTTP response: \(excerpt(span, rest))"
            )
        }
        return rest.lowerBound + 8..<rest.upperBound
    }

    private func decodedBody() throws(ContractError) -> [UInt8] {
        let span = bytes.span
        guard let value = bodyValue, JSON.kind(span, at: value) != .null else { return [] }
        // The body should be a string and isn't; it is JSON all the same.
        guard let inside = JSONName(span, at: value) else { return Array(bytes[value]) }
        var text = ByteBuffer(capacity: value.count)
        JSON.appendUnescaped(span, inside.range, to: &text)
        return isBase64 ? try Unwrapped.decoded(text.bytes) : text.bytes
    }

    // MARK: Headers

    /// The first value of a header; nil when there is none.
    /// - Parameter name: lower-case ASCII. The function may use any case.
    func header(_ name: StaticString) -> String? {
        let span = bytes.span
        var found: Range<Int>?
        for object in [headers, multiValueHeaders] {
            guard found == nil, let object, JSON.kind(span, at: object) == .object else { continue }
            do throws(JSONError) {
                try JSON.forEachMember(span, of: object) { member throws(JSONError) in
                    if found == nil, span.equalsIgnoringCase(member.key, name) { found = member.value }
                }
            } catch {
                return nil
            }
        }
        guard var value = found else { return nil }
        if JSON.kind(span, at: value) == .array {
            guard let first = elements(value, span, atMost: 64)?.first else { return nil }
            value = first
        }
        return JSON.string(span, at: value)
    }
}
