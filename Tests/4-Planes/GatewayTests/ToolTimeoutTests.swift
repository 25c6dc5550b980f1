import Contracts
import EventLoop
import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// Tools with a timeout of their own.
struct ToolTimeoutTests {
    private static let targets = [Contract.jsonrpc, .httpV2].enumerated().map { index, contract in
        TargetEntry(
            id: Int64(index + 1),
            name: index == 0 ? "rpc" : "web",
            function: "fn-\(index)",
            contract: contract,
            approval: .open,
            timeoutMs: 30_000,
            invoke: InvokeSettings(
                callerIdentity: .meta,
                toolTimeoutsMs: ["report": 900_000, "prompt:long": 600_000]
            )
        )
    }

    private static func snapshot() -> Snapshot {
        var tools = targets.indices.flatMap { target in
            [Sample.tool(target, "add", of: targets), Sample.tool(target, "report", of: targets)]
        }
        for target in targets.indices {
            tools.append(
                ToolEntry(
                    kind: .prompt,
                    exposedName: "\(targets[target].name)___prompt:long",
                    name: "prompt:long",
                    target: target,
                    definition: Array(#"{"name":"long"}"#.utf8),
                    sha256: digest("\(target)")
                )
            )
        }
        return Snapshot(
            version: 1,
            targets: targets,
            tools: tools.sorted { $0.exposedName < $1.exposedName },
            tenants: Sample.tenants,
            keys: Sample.keys,
            seed: 7
        )
    }

    /// The time that each request of the call may take, and the deadline that the function is told, from now.
    private func times(of ask: Ask, _ agents: Agents) async throws -> (left: Duration?, deadlineMs: Int) {
        var left: Duration?
        agents.upstream.whileAnswering = { left = $0.timeLeft }
        try await agents.expect(200, ask)
        let payload = try JSONValue(parsing: try #require(agents.upstream.sent.last).payload)
        let message = try payload["body"]?.stringValue.map { try JSONValue(parsing: $0) } ?? payload
        let caller = message["params"]?["_meta"]?["mcp-gateway/caller"]
        let deadline = try #require(caller?["deadlineMs"]?.intValue)
        return (left, deadline - Int(agents.loop.wallMs))
    }

    @Test func `a tool's own timeout replaces its target's`() async throws {
        try await withAgents(Self.snapshot()) { agents in
            agents.upstream.respond = { sent in
                let answer = #"{"jsonrpc":"2.0","id":1,"result":{"content":[],"messages":[]}}"#
                return FakeUpstream.answer(
                    sent.function == "fn-0"
                        ? answer : #"{"statusCode":200,"body":\#(JSONValue.string(answer).text)}"#
                )
            }
            // Without one, the target's holds, which the upstream knows.
            let plain = try await times(of: .modernCall("rpc___add"), agents)
            #expect(plain.left == nil && (20_000...35_000).contains(plain.deadlineMs))
            let own = try await times(of: .modernCall("rpc___report"), agents)
            #expect(own.left == .seconds(900) && (890_000...905_000).contains(own.deadlineMs))
            let web = try await times(of: .modernCall("web___add"), agents)
            let webLeft = try #require(web.left)
            #expect(webLeft <= .seconds(30) && web.deadlineMs <= 35_000)
            let report = try await times(of: .modernCall("web___report"), agents)
            let reportLeft = try #require(report.left)
            #expect((Duration.seconds(890)...Duration.seconds(900)).contains(reportLeft))
            #expect((890_000...905_000).contains(report.deadlineMs))
        }
    }

    @Test func `a prompt may have one too`() async throws {
        try await withAgents(Self.snapshot()) { agents in
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"jsonrpc":"2.0","id":1,"result":{"messages":[]}}"#)
            }
            let own = try await times(of: .legacy("prompts/get", #"{"name":"rpc___long"}"#), agents)
            #expect(own.left == .seconds(600))
        }
    }
}
