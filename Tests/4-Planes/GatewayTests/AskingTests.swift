import EventLoop
@testable import Gateway
import JSON
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

/// Legacy clients that are asked during a call, because its function asks for input.
struct AskingTests {
    @Test func `a client is asked on the stream of its call, and the function gets what it says`()
        async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(
                #""inputRequests":{"w\u0068o":\#(AskedClient.form),"where":\#(AskedClient.roots)},"#
                    + #""requestState":"my \"state\"""#
            )
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            #expect(call.methods == ["elicitation/create", "roots/list"])
            #expect(
                call.sink.pieces[1].contains(
                    #""params":{"message":"Who?","requestedSchema":{"type":"object"},"x":1.50}"#
                )
            )
            #expect(call.messages[1]["params"] == nil)
            let ids = call.questions
            #expect(ids.count == 2 && Set(ids).count == 2)
            try await client.answer(ids[1], #""result":{"roots":[]}"#)
            #expect(call.methods.count == 2 && agents.upstream.sent.count == 1)
            try await client.answer(ids[0], #""result":{"action":"accept", "content":{"n":1.50}}"#)
            #expect(call.methods.last == "result" && call.messages.last?["id"] == 5)
            #expect(call.text == "done" && call.isTold && call.sink.isEnded)
            let sent = agents.upstream.sent.map { $0.payload }
            #expect(sent.count == 2)
            #expect(sent[0].contains(#"/clientCapabilities":{"elicitation":{"form":{},"url":{}},"#))
            #expect(
                sent[1].contains(
                    #""inputResponses":{"w\u0068o":{"action":"accept", "content":{"n":1.50}},"where":{"roots":[]}},"#
                        + #""requestState":"my \"state\"","#
                )
            )
            #expect(sent[1].contains(#""arguments":{"a":1.50}"#))
            #expect(agents.endpoint.questionsAreForgotten)
            #expect(agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="ok"}"#) == "1")
            #expect(agents.metric(#"mcp_gateway_calls_in_flight{target="rpc"}"#) == "0")
        }
    }

    @Test func `a request on several lines goes out on one`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(
                "\"inputRequests\":{\"who\":{\n\"method\" : \"elicitation/create\",\r\n\"params\":{\"message\":\"Who?\",\n \"requestedSchema\":{}}}}"
            )
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            #expect(call.methods == ["elicitation/create"])
            #expect(call.messages[0]["params"]?["message"] == "Who?")
        }
    }

    struct Revision: Sendable {
        let version: String
        let declared: String
        let told: String
    }

    @Test(arguments: [
        Revision(
            version: "2025-03-26",
            declared: AskedClient.all,
            told: #"{"sampling":{"context":{}},"roots":{}}"#
        ),
        Revision(
            version: "2025-06-18",
            declared: AskedClient.all,
            told: #"{"elicitation":{},"sampling":{"context":{}},"roots":{}}"#
        ),
        Revision(
            version: "2025-06-18",
            declared: #"{"elicitation":{"url":{}}}"#,
            told: #"{"elicitation":{}}"#
        ),
        Revision(
            version: "2025-11-25",
            declared: AskedClient.all,
            told: #"{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}}"#
        ),
    ])
    func `a function is told what the client declared and its revision has`(_ row: Revision) async throws {
        try await withAgents { agents in
            let client = try await AskedClient(agents, row.version, declaring: row.declared)
            _ = try client.begin(client.call())
            let sent = try #require(agents.upstream.sent.last?.payload)
            #expect(sent.contains(#""io.modelcontextprotocol/clientCapabilities":\#(row.told)}"#), "\(sent)")
        }
    }

    struct Refused: Sendable {
        let version: String
        var declared = AskedClient.all
        let request: String
        let words: String
    }

    @Test(arguments: [
        Refused(version: "2025-06-18", request: AskedClient.page, words: "elicitation (url)."),
        Refused(version: "2025-03-26", request: AskedClient.form, words: "elicitation."),
        Refused(
            version: "2025-06-18",
            request:
                #"{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1,"tools":[]}}"#,
            words: "sampling (tools)."
        ),
        Refused(
            version: "2025-11-25",
            declared: #"{"roots":{}}"#,
            request: AskedClient.sampling,
            words: "sampling."
        ),
    ])
    func `what a client or its revision doesn't have ends the call and names it`(_ row: Refused) async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = { _ in AskedClient.asks(#""inputRequests":{"a":\#(row.request)}"#) }
            let client = try await AskedClient(agents, row.version, declaring: row.declared)
            let call = try client.begin(client.call())
            #expect(!call.hasBegun && call.reply?.failure["code"] == "input_required")
            #expect(call.reply?.text?.contains("further input: \(row.words)") == true)
            #expect(agents.upstream.sent.count == 1)
        }
    }

    @Test(arguments: [("2025-06-18", "none"), ("2025-11-25", "JSON alone"), ("2025-03-26", "a batch")])
    func `a call without a stream or a session gets the failure`(_ version: String, _ what: String)
        async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = { _ in AskedClient.asks(#""inputRequests":{"a":\#(AskedClient.roots)}"#)
            }
            let client = try await AskedClient(agents, version)
            var ask = client.call()
            switch what {
            case "none": ask = ask.with("Mcp-Session-Id", nil)
            case "JSON alone": ask = ask.with("Accept", "application/json")
            default: ask.body = Array("[".utf8) + ask.body + Array("]".utf8)
            }
            let reply = try await agents.expect(200, ask)
            #expect(reply.body.contains("The target asks for further input: roots."), "\(reply.body)")
            #expect(agents.upstream.sent.last?.payload.contains("clientCapabilities") == false)
        }
    }

    @Test func `a page to open gets an id where the target gives none, which 2025-11-25 wants`() async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"p":\#(AskedClient.page)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            let id = try #require(call.questions.first)
            #expect(call.messages[0]["params"]?["elicitationId"]?.stringValue == id)
            #expect(call.messages[0]["params"]?["url"] == "https://x.example/")
            try await client.accept(id)
            #expect(call.text == "done")
        }
    }

    @Test func `a prompt and a resource ask too`() async throws {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { sent in
                sent.payload.contains("inputResponses")
                    ? FakeUpstream.answer(
                        sent.payload.contains("prompts/get")
                            ? #"{"messages":[]}"# : #"{"contents":[{"uri":"file:///a","text":"t"}]}"#,
                        for: "jsonrpc"
                    ) : AskedClient.asks(#""inputRequests":{"r":\#(AskedClient.roots)}"#)
            }
            let client = try await AskedClient(agents)
            for ask in [Ask.prompt("docs___search", isModern: false), .read("file:///a", isModern: false)] {
                let call = try client.begin(client.ask(ask))
                try await client.answer(try #require(call.questions.first), #""result":{"roots":[]}"#)
                #expect(call.methods == ["roots/list", "result"])
            }
        }
    }

    @Test func `a state alone is called again at once, ten times at the most`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { sent in
                sent.payload.contains(#""requestState":"go""#)
                    ? FakeUpstream.answer(#"{"content":[{"type":"text","text":"done"}]}"#, for: "jsonrpc")
                    : AskedClient.asks(#""requestState":"go""#)
            }
            let client = try await AskedClient(agents)
            let plain = try client.begin(client.call())
            #expect(!plain.hasBegun && plain.reply?.text == "done" && agents.upstream.sent.count == 2)
            agents.upstream.respond = { _ in AskedClient.asks(#""requestState":"x""#) }
            let endless = try client.begin(client.call())
            #expect(endless.reply?.failure["code"] == "input_required")
            #expect(endless.reply?.text?.contains("asked 10 times") == true)
            #expect(agents.upstream.sent.count == 13)
        }
    }

    @Test func `a function that asks for ever is stopped after ten rounds`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in AskedClient.asks(#""inputRequests":{"r":\#(AskedClient.roots)}"#)
            }
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            for round in 1...10 {
                #expect(call.questions.count == round)
                try await client.answer(try #require(call.questions.last), #""result":{"roots":[]}"#)
            }
            #expect(call.failure?["code"] == "input_required" && agents.upstream.sent.count == 11)
            #expect(agents.endpoint.questionsAreForgotten)
        }
    }

    @Test(arguments: [
        (
            #""error":{"code":-1,"message":"User rejected"}"#,
            "elicitation/create with the error -1: User rejected."
        ),
        (#""error":{"code":-32601,"message":"no"}"#, "with the error -32601: no."),
        (#""error":{}"#, "with the error 0."), (#""error":7"#, "its error is no object"),
        (#""result":7"#, "its result is no object"), (#""result":null"#, "it has no result"),
        (#""result":{},"error":{"code":-2,"message":"both"}"#, "with the error -2: both."),
    ])
    func `a client that declines ends the call, and its other questions are taken back`(
        _ outcome: String,
        _ words: String
    ) async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(
                #""inputRequests":{"who":\#(AskedClient.form),"where":\#(AskedClient.roots)}"#
            )
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            let ids = call.questions
            try await client.answer(ids[0], outcome)
            #expect(call.failure?["code"] == "input_required")
            #expect(call.text?.contains(words) == true, "\(call.text ?? "")")
            #expect(call.takenBack == [ids[1]])
            try await client.accept(ids[1])
            #expect(agents.upstream.sent.count == 1 && agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `nobody else answers, and an answer counts once`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let second = try await AskedClient(agents)
            let foreign = try await AskedClient(agents, key: Keys.other)
            let call = try client.begin(client.call())
            let id = try #require(call.questions.first)
            try await second.accept(id)
            try await foreign.accept(id)
            try await agents.expect(202, AskedClient.response(id, #""result":{}"#))
            try await agents.expect(404, client.ask(AskedClient.response(id, #""result":{}"#)).by(Keys.other))
            for wrong in [
                "5", String(id.dropLast()), id.uppercased(), "", String(repeating: "x", count: 10_000),
            ] {
                try await client.accept(wrong)
            }
            // The id of the call is none of a question, whatever its type.
            try await agents.expect(202, client.ask(.post(#"{"jsonrpc":"2.0","id":5,"result":{}}"#)))
            #expect(call.methods == ["elicitation/create"] && agents.upstream.sent.count == 1)
            try await client.accept(id)
            try await client.answer(id, #""result":{"action":"decline"}"#)
            #expect(call.text == "done" && agents.upstream.sent.count == 2)
            #expect(agents.upstream.sent[1].payload.contains(#"{"who":{"action":"accept"}}"#))
        }
    }

    @Test func `answers in a batch of 2025-03-26 count`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(
                #""inputRequests":{"a":\#(AskedClient.roots),"b":\#(AskedClient.sampling)}"#
            )
            let client = try await AskedClient(agents, "2025-03-26")
            let call = try client.begin(client.call())
            let answers = call.questions.map { #"{"jsonrpc":"2.0","id":"\#($0)","result":{"n":1}}"# }
            try await agents.expect(202, client.ask(.post("[\(answers.joined(separator: ", "))]")))
            #expect(call.text == "done")
            #expect(agents.upstream.sent[1].payload.contains(#""inputResponses":{"a":{"n":1},"b":{"n":1}}"#))
        }
    }

    @Test func `answers that are too large together end the call`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(
                #""inputRequests":{"a":\#(AskedClient.roots),"b":\#(AskedClient.roots)}"#
            )
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            let large = #""result":{"x":"\#(String(repeating: "x", count: 3_500_000))"}"#
            for id in call.questions { try await client.answer(id, large) }
            #expect(call.text?.contains("larger than 6 MiB together") == true)
            #expect(agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `a session has sixty-four open questions at the most`() async throws {
        try await withAgents { agents in
            let many = (0..<40).map { #""q\#($0)":\#(AskedClient.roots)"# }.joined(separator: ",")
            agents.upstream.respond = AskedClient.function(#""inputRequests":{\#(many)}"#)
            let client = try await AskedClient(agents)
            let first = try client.begin(client.call(id: "1"))
            #expect(first.questions.count == 40)
            let second = try client.begin(client.call(id: "2"))
            #expect(second.questions.isEmpty && second.text?.contains("64 open questions") == true)
            let other = try await AskedClient(agents)
            #expect(try other.begin(other.call()).questions.count == 40)
            for id in first.questions { try await client.answer(id, #""result":{"roots":[]}"#) }
            #expect(first.text == "done")
            #expect(try client.begin(client.call(id: "3")).questions.count == 40)
        }
    }

    @Test func `an answer on another loop reaches the call`() async throws {
        try await withLoop { first in
            let questions = ClientQuestions()
            let here = Agents(first, Sample.snapshot(), questions: questions)
            here.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(here)
            let call = try client.begin(client.call())
            let ask = client.ask(
                AskedClient.response(try #require(call.questions.first), #""result":{"n":1}"#)
            )
            try await withLoop { second in
                let there = Agents(second, Sample.snapshot(), questions: questions)
                try await there.expect(202, ask)
            }
            _ = await call.sink.pieces(3)
            #expect(call.text == "done" && questions.isEmpty)
        }
    }

    @Test func `an answer to another process is accepted, dropped and logged`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            let id = try #require(call.questions.first)
            let replica = Agents(agents.loop, Sample.snapshot())
            try await replica.expect(202, client.ask(AskedClient.response(id, #""result":{}"#)))
            #expect(replica.log.contains { $0.contains("a client's answer was dropped") })
            #expect(call.methods == ["elicitation/create"])
            // The session is served by both.
            try await replica.expect(200, client.ask(.legacy("ping")))
            try await client.accept(id)
            #expect(call.text == "done")
        }
    }

    @Test func `progress goes on from round to round, and never back`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let client = try await AskedClient(agents)
            let params = #"{"name":"rpc___echo","_meta":{"progressToken":"p1"}}"#
            let ask = client.ask(.legacy("tools/call", params, id: "5", version: "2025-11-25"))
            let (call, first) = try CallStreamTests.begin(ask, at: agents)
            for value in ["1", "2"] { first.write(CallStreamTests.progress(value)) }
            first.write(
                #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"r":"#
                    + AskedClient.roots + "}}}\n"
            )
            first.end()
            try await client.answer(try #require(call.questions.first), #""result":{"roots":[]}"#)
            #expect(agents.upstream.held.count == 2)
            let second = agents.upstream.held[1].stream()
            for value in ["1", "3"] { second.write(CallStreamTests.progress(value)) }
            second.write(CallStreamTests.result.replacing(#""id":1"#, with: #""id":2"#))
            second.end()
            #expect(call.messages.compactMap { $0["params"]?["progress"] } == [1, 2, 3])
            #expect(call.text == "done")
        }
    }

    @Test func `each call has one record, which says why it ended`() async throws {
        try await withRecords { recorded in
            let agents = recorded.agents
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let done = try client.begin(client.call(id: "1"))
            try await client.accept(try #require(done.questions.first))
            let declined = try client.begin(client.call(id: "2"))
            try await client.answer(
                try #require(declined.questions.first),
                #""error":{"code":-1,"message":"no"}"#
            )
            let calls = recorded.calls
            #expect(calls.map { $0.code } == [nil, "input_required"])
            #expect(calls.map { $0.record.attempts } == [2, 1])
        }
    }
}

extension AgentEndpoint {
    /// Whether nothing is kept of any question.
    var questionsAreForgotten: Bool { questions.isEmpty && rounds.count == 0 }
}
