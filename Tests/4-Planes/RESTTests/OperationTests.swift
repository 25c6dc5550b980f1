import HTTP
import JSON
import REST
import Testing

struct OperationTests {
    /// Sends a request, and checks the answer against its schema.
    private func ask(_ request: APIRequest) async -> APIReply {
        let reply = await garden.answer(request, as: Reader())
        #expect(garden.faults(of: reply, to: request) == [])
        return reply
    }

    @Test func `a record's JSON has its form's members and fits its schema`() async throws {
        let first = await ask(APIRequest(.get, ["beds"], query: [.init("limit", "1")]))
        let cursor = try #require(first.body?["nextCursor"]?.stringValue)
        #expect(
            first.body?["beds"]?.text
                == #"[{"id":1,"name":"herbs","plants":["sage","mint"],"wateredAtMs":5000,"sunny":false,"#
                + #""owner":{"name":"ada"}}]"#
        )
        let second = await ask(
            APIRequest(.get, ["beds"], query: [.init("limit", "1"), .init("cursor", cursor)])
        )
        #expect(second.body?["beds"]?[0]?["owner"] == .null && second.body?["nextCursor"] == .null)
        #expect(Set(garden.components.keys) == ["Bed", "Owner"])
    }

    @Test func `arguments are read by their types, and the status follows the answer`() async {
        let dug = await ask(
            APIRequest(.post, ["beds", "2", "dig"], body: ["tool": "fork", "plants": ["rose"]])
        )
        #expect(dug.status == 201 && dug.body?["depth"] == 15 && dug.body?["plants"] == ["rose"])
        #expect(dug.etag == nil)
        let deep = await ask(APIRequest(.post, ["beds", "2", "dig"], body: ["tool": "fork", "depthCm": 9]))
        #expect(deep.body?["depth"] == 9)
        let rehearsed = await ask(
            APIRequest(
                .post,
                ["beds", "2", "dig"],
                query: [.init("dryRun", "true")],
                body: ["tool": "spade", "depthCm": nil]
            )
        )
        #expect(rehearsed.status == 200 && rehearsed.body?["depth"] == 0)
        let wrong = await ask(APIRequest(.post, ["beds", "2", "dig"], body: ["tool": "hands"]))
        #expect(wrong.status == 422)
        #expect(await ask(APIRequest(.post, ["beds", "9", "dig"], body: ["tool": "fork"])).status == 404)
    }

    @Test(
        arguments: [([:], "as it was"), (["colour": nil], "bare"), (["colour": "red"], "red")]
            as [(JSONValue, String)]
    )
    func `a change keeps, clears or sets`(body: JSONValue, colour: String) async {
        let reply = await ask(APIRequest(.patch, ["fence"], body: body))
        #expect(reply.body?["colour"]?.stringValue == colour)
    }

    @Test func `command-line words become the request that they describe`() throws {
        let verb = try #require(Garden.dig.commands.first)
        #expect(verb.path == ["bed", "dig"] && !verb.isOwn)
        #expect(verb.words.map { $0.name } == ["id", "--tool", "--depth-cm", "--plants", "--dry-run"])
        #expect(verb.words.map { $0.isRequired } == [true, true, false, false, false])
        #expect(verb.words.map { verb.isRepeatable($0) } == [false, false, false, true, false])
        let request = try verb.request([
            "id": ["2"], "--tool": ["fork"], "--depth-cm": ["9"], "--plants": ["a", "b"], "--dry-run": [],
        ])
        #expect(
            request
                == APIRequest(
                    .post,
                    ["beds", "2", "dig"],
                    query: [.init("dryRun", "true")],
                    body: ["tool": "fork", "depthCm": 9, "plants": ["a", "b"]]
                )
        )
        #expect(Garden.paint.commands.first?.isOwn == true)
    }

    @Test(arguments: [
        (["id": ["two"], "--tool": ["fork"]], "<id> is the bed's number: a whole number"),
        (["id": ["2"], "--tool": ["hands"]], "--tool takes spade or fork"),
        (["id": ["2"], "--tool": ["fork"], "--depth-cm": ["9m"]], "--depth-cm takes a whole number"),
    ])
    func `an invalid word is refused, and the error doesn't repeat it`(
        words: [String: [String]],
        says: String
    )
        throws
    {
        let verb = try #require(Garden.dig.commands.first)
        #expect(throws: WordFault(says)) { try verb.request(words) }
    }

    @Test func `a request can be filled in by argument names`() {
        let request = Garden.dig.request {
            $0.id = 2
            $0.tool = "fork"
            $0.dryRun = true
        }
        #expect(
            request.request
                == APIRequest(
                    .post,
                    ["beds", "2", "dig"],
                    query: [.init("dryRun", "true")],
                    body: ["tool": "fork"]
                )
        )
    }

    @Test func `an answer is shown as the verb declares, even if it lacks members`() throws {
        let verb = try #require(Garden.list.commands.first)
        let answer: JSONValue = [
            "beds": [
                ["name": "herbs", "plants": ["sage", "mint"], "wateredAtMs": 5, "sunny": true],
                ["name": 7],
            ]
        ]
        guard case .table(let headings, let rows, let hint) = verb.show(answer, ["--sunny": []])
        else {
            Issue.record("no table")
            return
        }
        #expect(headings == ["NAME", "PLANTS", Heading("WATERED").spare, "SINCE", "SUN"])
        #expect(rows[0] == [.text("herbs"), .text("sage mint"), .moment(5), .age(5), .text("yes")])
        #expect(rows[1] == [.text("7"), .text("weeds"), .nothing, .nothing, .nothing])
        #expect(hint == "no sun" && verb.list == "beds")
        guard
            case .done(let sentence) = try #require(Garden.dig.commands.first)
                .show(["name": "x", "depth": 3], ["--tool": ["fork"]])
        else {
            Issue.record("no sentence")
            return
        }
        #expect(
            sentence.parts == [
                .words("dug "), .value("x"), .words(" "), .words("3"), .words(" deep with "),
                .value("fork"), .words(""),
            ]
        )
    }
}
