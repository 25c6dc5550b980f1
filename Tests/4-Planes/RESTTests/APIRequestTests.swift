import Bytes
import HTTP
import JSON
import REST
import Testing

struct APIRequestTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let target: String
        var fields = ""
        var body = ""
        /// The path, query and body as they are read; nil when the request is refused.
        let reads: String?
        var status = 200

        var testDescription: String { "\(target.prefix(60)) \(fields) \(body.prefix(40))" }
    }

    private static let json = "Content-Type: application/json\r\n"

    @Test(arguments: [
        Row(target: "/api/tenants", reads: "tenants"),
        Row(target: "/api", reads: ""),
        Row(target: "/api/", reads: ""),
        Row(target: "/api/a//b", reads: "a||b"),
        Row(target: "/api/a%2Fb/%E2%82%AC?x=1&y=a+b%26&z", reads: "a/b|€ x=1 y=a b& z="),
        Row(target: "/api/..", reads: ".."),
        Row(target: "/api/%00", reads: "\u{0}"),
        Row(target: "/api/%", reads: nil, status: 400),
        Row(target: "/api/%4", reads: nil, status: 400),
        Row(target: "/api/%zz", reads: nil, status: 400),
        Row(target: "/api/%FF", reads: nil, status: 400),
        Row(target: "/api/%ED%A0%80", reads: nil, status: 400),
        Row(target: "/api/x?q=%C3", reads: nil, status: 400),
        Row(target: "/api/" + String(repeating: "a/", count: 9), reads: nil, status: 404),
        Row(target: "/api/" + String(repeating: "a", count: 2_100), reads: nil, status: 400),
        Row(target: "/api/x?" + String(repeating: "a=b&", count: 33), reads: nil, status: 400),
        Row(target: "/api/x?a=" + String(repeating: "b", count: 8_192), reads: nil, status: 400),
        Row(target: "/api/x", fields: json, body: #"{"a":1}"#, reads: #"x {"a":1}"#),
        Row(
            target: "/api/x",
            fields: "Content-Type: application/merge-patch+json; charset=utf-8\r\n",
            body: " 1 ",
            reads: "x 1"
        ),
        Row(target: "/api/x", body: "{}", reads: nil, status: 415),
        Row(target: "/api/x", fields: "Content-Type: text/plain\r\n", body: "{}", reads: nil, status: 415),
        Row(
            target: "/api/x",
            fields: json + "Content-Encoding: gzip\r\n",
            body: "{}",
            reads: nil,
            status: 415
        ),
        Row(target: "/api/x", fields: json + "Content-Encoding: identity\r\n", body: "1", reads: "x 1"),
        Row(target: "/api/x", fields: json + json, body: "{}", reads: nil, status: 400),
        Row(target: "/api/x", fields: json, body: "{", reads: nil, status: 400),
        Row(target: "/api/x", fields: json, body: #"{"a":1,"a":2}"#, reads: nil, status: 400),
        Row(target: "/api/x", fields: json, body: String(repeating: "[", count: 65), reads: nil, status: 400),
        Row(
            target: "/api/x",
            fields: json,
            body: String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
            reads: nil,
            status: 400
        ),
    ])
    func `a request is parsed, or refused with its status`(_ row: Row) throws {
        let request = try made("POST", row.target, row.fields, row.body)
        do throws(Problem) {
            let read = try APIRequest(request, under: "/api")
            let parts =
                [read.path.joined(separator: "|")] + read.query.map { "\($0.name)=\($0.value)" }
                + (read.body.map { [$0.text] } ?? [])
            #expect(parts.joined(separator: " ") == row.reads)
        } catch {
            #expect(row.reads == nil, "\(error)")
            #expect(error.kind.status == row.status, "\(error)")
        }
    }

    @Test func `a request written by a client is read back the same`() throws {
        let request = APIRequest(
            .get,
            ["tools", "time___a/b?c#d%é", "diff"],
            query: [.init("tenant", "a&b=c d+e"), .init("x", "")]
        )
        let target = request.target(under: "/api")
        #expect(target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(try APIRequest(made("GET", target), under: "/api") == request)
    }

    @Test(arguments: [
        ("abc-1._:Z", "abc-1._:Z"), ("", nil), ("a b", nil), ("é", nil), ("<x>", nil),
        (String(repeating: "x", count: 65), nil),
    ])
    func `a request id is kept only if it is fit to be logged`(_ row: (given: String, kept: String?))
        throws
    {
        let request = try made("GET", "/api/x", "X-Request-Id: \(row.given)\r\n")
        #expect(APIRequest.requestID(of: request) == row.kept)
    }

    @Test func `random bytes are refused with a 4xx, or read and answered without a 5xx`() async throws {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("/%25abBooks{}[]\":,0é&=?+.\u{1}".utf8)
        for _ in 0..<3_000 {
            func noise(_ count: Int) -> [UInt8] {
                (0..<Int.random(in: 0...count, using: &random)).map { _ in
                    Bool.random(using: &random)
                        ? alphabet.randomElement(using: &random) ?? 0
                        : UInt8.random(in: 0...255, using: &random)
                }
            }
            var request = try made("POST", "/api/books", Self.json, "x")
            let path = Array("/api".utf8) + (Bool.random() ? Array("/books/".utf8) : []) + noise(40)
            let (query, body) = (noise(40), Bool.random() ? noise(40) : Array(#"{"title":"war"}"#.utf8))
            let start = request.bytes.count
            request.bytes += path + query + body
            request.head.path = start..<start + path.count
            request.head.query = request.head.path.upperBound..<request.head.path.upperBound + query.count
            request.body = request.bytes.count - body.count..<request.bytes.count
            request.head.method = [.get, .post, .delete, .other].randomElement(using: &random) ?? .get
            do throws(Problem) {
                let read = try APIRequest(request, under: "/api")
                let reply = await shelf.answer(read, as: Reader())
                #expect(shelf.faults(of: reply, to: read) == [])
                #expect(reply.status < 500)
            } catch {
                #expect((400..<500).contains(error.kind.status))
            }
        }
    }

    private func made(
        _ method: String,
        _ target: String,
        _ fields: String = "",
        _ body: String = ""
    ) throws -> Request {
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        let bytes = Array("\(method) \(target) HTTP/1.1\r\nHost: x\r\n\(fields)\(length)\r\n\(body)".utf8)
        var head = RequestHead()
        guard case .done(let end) = try RequestParser.parse(bytes.span, into: &head, headBytesMax: 32_768)
        else {
            throw NotARequest()
        }
        return Request(bytes: bytes, head: head, body: end..<bytes.count)
    }

    private struct NotARequest: Error {}
}
