import EventLoop
import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// `resources/list`, `resources/templates/list` and `resources/read`.
struct ResourceReadTests {
    @Test(arguments: [true, false])
    func `resources and templates are listed under the URIs that agents read`(_ isModern: Bool) async throws {
        try await withAgents(Library.snapshot()) { agents in
            let reply = try await agents.expect(200, .message("resources/list", "", isModern: isModern))
            let resources = reply.result["resources"]?.arrayValue ?? []
            #expect(
                resources.compactMap { $0["uri"]?.stringValue } == [
                    "file:///a", "mcp-gateway://docs/same:x", "web:page", "mcp-gateway://wiki/same:x",
                ]
            )
            #expect(resources[0].objectValue?.members.map { $0.key } == ["uri", "name", "size", "title"])
            let templates = try await agents.expect(
                200,
                .message("resources/templates/list", "", isModern: isModern)
            )
            let texts = templates.result["resourceTemplates"]?.arrayValue?.compactMap {
                $0["uriTemplate"]?.stringValue
            }
            #expect(texts == ["file:///{+path}"])
            #expect((templates.result["ttlMs"] != nil) == isModern)
        }
    }

    struct Row: Sendable {
        let uri: String
        let target: String
        /// What the function is asked for.
        let own: String
        /// What it answers under its own URI, as the agent sees it.
        let seen: String
    }

    @Test(arguments: [
        Row(uri: "file:///a", target: "docs", own: "file:///a", seen: "file:///a"),
        Row(uri: "file:///b%20c/d", target: "docs", own: "file:///b%20c/d", seen: "file:///b%20c/d"),
        Row(
            uri: "mcp-gateway://docs/file:///a",
            target: "docs",
            own: "file:///a",
            seen: "mcp-gateway://docs/file:///a"
        ),
        Row(
            uri: "mcp-gateway://wiki/same:x",
            target: "wiki",
            own: "same:x",
            seen: "mcp-gateway://wiki/same:x"
        ),
    ])
    func `a resource is read by its own URI, and answers under the one that was asked`(_ row: Row)
        async throws
    {
        try await withAgents(Library.snapshot()) { agents in
            let own = row.own
            agents.upstream.respond = { sent in
                FakeUpstream.answer(
                    #"{"contents":[{"uri":"\#(own)","mimeType":"text/plain","text":"1.50"}]}"#,
                    for: sent.target == "docs" ? "jsonrpc" : "mcp-wrapper"
                )
            }
            for isModern in [true, false] {
                let reply = try await agents.expect(200, .read(row.uri, isModern: isModern))
                #expect(reply.result["contents"]?[0]?["uri"]?.stringValue == row.seen, "\(reply.body)")
                #expect(reply.result["contents"]?[0]?["text"]?.stringValue == "1.50")
                #expect((reply.result["ttlMs"] == 0) == isModern)
            }
            #expect(agents.upstream.sent.allSatisfy { $0.target == row.target })
            #expect(
                agents.upstream.sent.allSatisfy { $0.payload.contains(#""params":{"uri":"\#(row.own)"}"#) }
            )
            #expect(
                agents.metric(
                    #"mcp_gateway_calls_total{target="\#(row.target)",tool="resource:*",outcome="ok"}"#
                ) == "2"
            )
        }
    }

    @Test(arguments: [
        "file:///b/../a", "same:x", "same:held", "mcp-gateway://wiki/same:held",
        "mcp-gateway://docs/web:page",
        "nothing:here", "mcp-gateway://nowhere/file:///a",
    ])
    func `a resource that is not there and one that is hidden have one answer`(_ uri: String) async throws {
        try await withAgents(Library.snapshot()) { agents in
            for isModern in [true, false] {
                let reply = try await agents.expect(isModern ? 400 : 200, .read(uri, isModern: isModern))
                #expect(reply.code == (isModern ? -32602 : -32002))
                #expect(reply.message == "Unknown resource: \(uri)")
                #expect(reply.json["error"]?["data"]?["uri"]?.stringValue == uri)
            }
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"there is no a","data":{"uri":"file:///a"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"result":{"contents":[]}}"#,
    ])
    func `what its target doesn't have is as unknown as what nobody lists`(_ answer: String) async throws {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { _ in FakeUpstream.answer(answer) }
            for isModern in [true, false] {
                let uri = "mcp-gateway://docs/file:///z"
                let reply = try await agents.expect(isModern ? 400 : 200, .read(uri, isModern: isModern))
                #expect(reply.code == (isModern ? -32602 : -32002))
                #expect(reply.message == "Unknown resource: \(uri)")
            }
        }
    }

    @Test func `URIs in a tool's result are rewritten where the target's lists are`() async throws {
        let block = #"{"type":"resource_link","uri":"same:x","name":"n"}"#
        let embedded = #"{"type":"resource","resource":{"uri":"file:///a","text":"same:x"}}"#
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { sent in
                let contract = sent.target == "docs" ? "jsonrpc" : "mcp-wrapper"
                guard sent.payload.contains("prompts/get") else {
                    return FakeUpstream.answer(#"{"content":[\#(block),\#(embedded)]}"#, for: contract)
                }
                return FakeUpstream.answer(
                    #"{"messages":[{"role":"user","content":\#(block)}]}"#,
                    for: contract
                )
            }
            for (name, target) in [("docs___search", "docs"), ("wiki___find", "wiki")] {
                let call = try await agents.expect(200, .modernCall(name))
                #expect(call.result["content"]?[0]?["uri"]?.stringValue == "mcp-gateway://\(target)/same:x")
                #expect(call.result["content"]?[1]?["resource"]?["uri"]?.stringValue == "file:///a")
                #expect(call.result["content"]?[1]?["resource"]?["text"]?.stringValue == "same:x")
            }
            let prompt = try await agents.expect(200, .prompt("wiki___report", isModern: false))
            let uri = prompt.result["messages"]?[0]?["content"]?["uri"]?.stringValue
            #expect(uri == "mcp-gateway://wiki/same:x")
        }
        // A target whose URIs nobody else has.
        let alone = Library.entries.filter { $0.target != 1 }
        try await withAgents(Library.snapshot(alone)) { agents in
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"content":[\#(block)]}"#, for: "jsonrpc")
            }
            let call = try await agents.expect(200, .modernCall("docs___search"))
            #expect(call.result["content"]?[0]?["uri"]?.stringValue == "same:x")
        }
    }

    @Test func `each of very many links in a result can be read as it was given`() async throws {
        let entries = [
            Library.entry(.template, 0, "db://rows/{n}"), Library.entry(.tool, 0, "find"),
            Library.entry(.template, 1, "db://rows/{n}"),
        ]
        let rows = (0..<200).map { #"{"type":"resource_link","uri":"db://rows/\#($0)","name":"row"}"# }
        let page = #"{"type":"resource_link","uri":"https://example.com/","name":"page"}"#
        let content = (rows + [page]).joined(separator: ",")
        try await withAgents(Library.snapshot(entries)) { agents in
            agents.upstream.respond = { sent in
                sent.payload.contains("tools/call")
                    ? FakeUpstream.answer(#"{"content":[\#(content)]}"#, for: "jsonrpc")
                    : FakeUpstream.answer(#"{"contents":[{"uri":"db://rows/0","text":"x"}]}"#, for: "jsonrpc")
            }
            let call = try await agents.expect(200, .modernCall("docs___find"))
            let given = call.result["content"]?.arrayValue?.compactMap { $0["uri"]?.stringValue } ?? []
            #expect(given.count == 201)
            #expect(given.last == "https://example.com/")
            var unread: [String] = []
            for (number, uri) in given.dropLast().enumerated() {
                let reply = try await agents.send(.read(uri, isModern: true))
                let sent = try #require(agents.upstream.sent.last)
                let isItsOwn =
                    sent.target == "docs" && sent.payload.contains(#""uri":"db://rows/\#(number)""#)
                if reply.status != 200 || !isItsOwn { unread.append(uri) }
            }
            #expect(unread == [])
        }
    }

    @Test func `a header that names another URI than the body is refused`() async throws {
        try await withAgents(Library.snapshot()) { agents in
            let plain = Ask.modern("resources/read", #""uri":"file:///a""#)
            for ask in [plain, plain.adding("Mcp-Name", "file:///b")] {
                let reply = try await agents.expect(400, ask)
                #expect(reply.code == -32020)
            }
            let modern = try await agents.expect(400, Ask.modern("resources/read"))
            let legacy = try await agents.expect(200, Ask.legacy("resources/read", "{}"))
            #expect(modern.code == -32602 && legacy.code == -32602)
            #expect(agents.upstream.sent.isEmpty)
        }
    }
}
