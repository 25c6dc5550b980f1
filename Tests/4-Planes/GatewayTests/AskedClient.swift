import EventLoop
import Gateway
import JSON
import Testing

/// A legacy client in a session that can be asked for input. One loop's thread only.
struct AskedClient {
    static let all = #"{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}}"#
    static let form =
        #"{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"type":"object"},"x":1.50}}"#
    static let page =
        #"{"method":"elicitation/create","params":{"mode":"url","message":"Log in","url":"https://x.example/"}}"#
    static let roots = #"{"method":"roots/list"}"#
    static let sampling =
        #"{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}"#

    let agents: Agents
    let session: String
    let version: String
    let key: String

    init(
        _ agents: Agents,
        _ version: String = "2025-11-25",
        declaring capabilities: String = AskedClient.all,
        key: String = Keys.good
    ) async throws {
        (self.agents, self.version, self.key) = (agents, version, key)
        session = try await agents.session(version, declaring: capabilities, key: key)
    }

    func ask(_ ask: Ask) -> Ask { ask.with("Mcp-Session-Id", session).by(key) }

    func call(_ tool: String = "rpc___echo", id: String = "5") -> Ask {
        ask(.legacyCall(tool, #"{"a":1.50}"#, id: id, version: version))
    }

    /// Begins a call, whose client gets the questions at once.
    func begin(_ ask: Ask) throws -> EventsClient {
        let client = EventsClient(nil)
        agents.endpoint.serve(try ask.request(), for: client)
        return client
    }

    /// Posts a response, which is always accepted.
    func answer(_ id: String, _ outcome: String) async throws {
        try await agents.expect(202, ask(Self.response(id, outcome)))
    }

    func accept(_ id: String) async throws { try await answer(id, #""result":{"action":"accept"}"#) }

    static func response(_ id: String, _ outcome: String) -> Ask {
        .post(#"{"jsonrpc":"2.0","id":"\#(id)",\#(outcome)}"#)
    }

    /// A function that asks for what `asks` says until it is given something.
    static func function(_ asks: String) -> (FakeUpstream.Sent) async -> UpstreamOutcome {
        { sent in
            sent.payload.contains("inputResponses")
                ? FakeUpstream.answer(#"{"content":[{"type":"text","text":"done"}]}"#, for: "jsonrpc")
                : self.asks(asks)
        }
    }

    static func asks(_ members: String) -> UpstreamOutcome {
        FakeUpstream.answer(
            #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required",\#(members)}}"#
        )
    }
}

extension Agents {
    /// The id of a new session whose client declares something.
    func session(_ version: String, declaring capabilities: String, key: String = Keys.good) async throws
        -> String
    {
        let params =
            #"{"protocolVersion":"\#(version)","capabilities":\#(capabilities),"clientInfo":{"name":"t"}}"#
        let reply = try await send(.legacy("initialize", params).by(key))
        return try #require(reply.field("Mcp-Session-Id"))
    }
}

extension EventsClient {
    /// The ids of the questions so far.
    var questions: [String] {
        messages.compactMap { $0["method"] != nil ? $0["id"]?.stringValue : nil }
    }

    /// The ids of the questions that were taken back.
    var takenBack: [String] {
        messages.filter { $0["method"] == "notifications/cancelled" }
            .compactMap { $0["params"]?["requestId"]?.stringValue }
    }

    /// The failure in the result of the call.
    var failure: JSONValue? { messages.last?["result"]?["_meta"]?["mcp-gateway/error"] }

    var text: String? { messages.last?["result"]?["content"]?[0]?["text"]?.stringValue }
}
