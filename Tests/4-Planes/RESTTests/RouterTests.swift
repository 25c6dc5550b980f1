import HTTP
import JSON
import REST
import Testing

struct RouterTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: HTTP::Method
        let path: [String]
        var query: [APIRequest.QueryItem] = []
        var body: JSONValue?
        var ifMatch: String?
        var mayChange = true
        let status: Int
        /// The text that the answer must contain.
        var holds = ""

        var testDescription: String { "\(method.name) \(path) \(query.map { $0.name }) → \(status)" }
    }

    @Test(arguments: [
        Row(method: .get, path: ["books", "war"], status: 200, holds: #""title":"war""#),
        Row(method: .head, path: ["books", "war"], status: 200),
        Row(method: .get, path: ["books", "a/b ü"], status: 200, holds: "a/b ü"),
        Row(method: .post, path: ["books"], body: ["title": "war"], status: 201, holds: #""says":false"#),
        Row(
            method: .post,
            path: ["books"],
            body: ["title": "war", "pages": nil],
            status: 201,
            holds: #""says":true"#
        ),
        Row(method: .get, path: [], status: 404, holds: "openapi.json"),
        Row(method: .get, path: ["Books"], status: 404),
        Row(method: .get, path: ["books", ""], status: 404),
        Row(method: .get, path: ["books", "war", "x"], status: 404),
        Row(method: .put, path: ["books", "war"], status: 405, holds: "GET, HEAD, DELETE"),
        Row(method: .other, path: ["books"], status: 405, holds: "GET, HEAD, POST"),
        Row(method: .get, path: ["books", "a title that is too long"], status: 422, holds: "path title"),
        Row(method: .post, path: ["books"], status: 422, holds: "no body"),
        Row(method: .get, path: ["books"], body: [:], status: 422, holds: "takes no body"),
        Row(method: .post, path: ["books"], body: [], status: 422, holds: "an object is wanted"),
        Row(method: .post, path: ["books"], body: ["title": 7], status: 422, holds: "/title is a number"),
        Row(
            method: .post,
            path: ["books"],
            body: ["titel": "war"],
            status: 422,
            holds: "/titel is unknown here"
        ),
        Row(
            method: .post,
            path: ["books"],
            body: ["title": "a", "pages": 1000],
            status: 422,
            holds: "/pages is 1000"
        ),
        Row(
            method: .get,
            path: ["books"],
            query: [.init("x", "1")],
            status: 422,
            holds: "query x is unknown here"
        ),
        Row(
            method: .get,
            path: ["books"],
            query: [.init("limit", "0")],
            status: 422,
            holds: "query limit is 0"
        ),
        Row(method: .get, path: ["books"], query: [.init("limit", "ten")], status: 422, holds: "query limit"),
        Row(
            method: .get,
            path: ["books"],
            query: [.init("limit", "1"), .init("limit", "2")],
            status: 422,
            holds: "twice"
        ),
        Row(method: .get, path: ["books"], query: [.init("cursor", "AQ")], status: 400, holds: "cursor"),
        Row(
            method: .delete,
            path: ["books", "war"],
            query: [.init("force", "true")],
            status: 200,
            holds: "true"
        ),
        Row(
            method: .delete,
            path: ["books", "war"],
            query: [.init("force", "1")],
            status: 422,
            holds: "force"
        ),
        Row(
            method: .delete,
            path: ["books", "war"],
            mayChange: false,
            status: 403,
            holds: "the role reader may not"
        ),
        Row(method: .get, path: ["books"], mayChange: false, status: 200),
        Row(method: .delete, path: ["books", "war"], ifMatch: "\"7\"", status: 200),
        Row(method: .delete, path: ["books", "war"], ifMatch: "*", status: 200),
        Row(method: .delete, path: ["books", "war"], ifMatch: "\"8\"", status: 412),
        Row(method: .delete, path: ["books", "war"], ifMatch: "W/\"7\"", status: 412),
        Row(method: .delete, path: ["books", "war"], ifMatch: "7", status: 412),
        Row(method: .delete, path: ["books", "war"], ifMatch: "\"99999999999999999999\"", status: 412),
        Row(method: .delete, path: ["books", "war"], ifMatch: "\"7\", \"8\"", status: 400),
    ])
    func `each request has its status and text`(_ row: Row) async {
        let request = APIRequest(
            row.method,
            row.path,
            query: row.query,
            body: row.body,
            ifMatch: row.ifMatch,
            requestID: "r-1"
        )
        let reply = await shelf.answer(request, as: Reader(mayChange: row.mayChange))
        let text = reply.body?.text ?? ""
        #expect(reply.status == row.status, "\(text)")
        #expect(text.contains(row.holds), "\(text)")
        #expect(shelf.faults(of: reply, to: request) == [])
        #expect((reply.problem != nil) == (row.status >= 400))
        #expect(reply.fields.contains { $0.name == "Allow" } == (row.status == 405))
    }

    @Test func `pages can be followed to the end, and a cursor is valid only for its own list`()
        async throws
    {
        var seen: [String] = []
        var query: [APIRequest.QueryItem] = [.init("limit", "3")]
        var cursors: [String] = []
        while true {
            let reply = await shelf.answer(APIRequest(.get, ["books"], query: query), as: Reader())
            seen += (reply.body?["books"]?.arrayValue ?? []).compactMap { $0.stringValue }
            guard let cursor = reply.body?["nextCursor"]?.stringValue else { break }
            cursors.append(cursor)
            query = [.init("limit", "3"), .init("cursor", cursor)]
        }
        #expect(seen == (1...7).map { "book-\($0)" })
        #expect(cursors.count == 2)
        let foreign: [APIRequest.QueryItem] = [.init("by", "me"), .init("cursor", cursors[0])]
        let refused = await shelf.answer(APIRequest(.get, ["books"], query: foreign), as: Reader())
        #expect(refused.status == 400)
        for index in cursors[0].indices {
            var damaged = cursors[0]
            damaged.replaceSubrange(index...index, with: damaged[index] == "A" ? "B" : "A")
            let query: [APIRequest.QueryItem] = [.init("cursor", damaged)]
            let reply = await shelf.answer(APIRequest(.get, ["books"], query: query), as: Reader())
            #expect(reply.status == 400, "\(damaged)")
        }
    }

    @Test func `the OpenAPI document has every route with its input and answers`() throws {
        let document = OpenAPIDocument(
            title: "Shelf",
            version: "1",
            summary: "Books.",
            root: "/shelf",
            credential: "a card"
        ).json(shelf)
        #expect(document["openapi"] == "3.1.0")
        for route in shelf.routes {
            let operation = try #require(document["paths"]?[route.template]?[route.method.name.lowercased()])
            #expect(operation["operationId"] == .string(route.id))
            #expect(operation["responses"]?[String(route.status)] != nil)
            #expect(operation["responses"]?["401"] != nil)
            #expect((operation["requestBody"] != nil) == (route.body != nil))
        }
        let body = document["paths"]?["/books"]?["post"]?["requestBody"]?["content"]?["application/json"]?[
            "schema"
        ]
        #expect(body?["additionalProperties"] == false)
        #expect(body?["properties"]?["pages"]?["type"] == ["integer", "null"])
        #expect(document["components"]?["schemas"]?["Book"]?["additionalProperties"] == nil)
    }
}
