import Bytes
import Contracts
import EventLoop
import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// Calls to functions that want a session first.
struct FunctionSessionTests {
    private static let tenants = [TenantEntry(id: 1, name: "acme"), TenantEntry(id: 5, name: "other")]

    private static func snapshot(
        _ version: Int64 = 1,
        timeoutMs: Int = 30_000,
        route: VersionRoute? = nil,
        callerIdentity: CallerIdentityPlace = .none,
        tenants: [TenantEntry] = tenants
    ) -> Snapshot {
        let targets = [Contract.httpV2, .httpV1].enumerated().map { index, contract in
            TargetEntry(
                id: Int64(index + 1),
                name: index == 0 ? "two" : "one",
                function: "fn-\(index)",
                contract: contract,
                approval: .open,
                timeoutMs: timeoutMs,
                invoke: InvokeSettings(route: route, callerIdentity: callerIdentity)
            )
        }
        let tools = targets.indices.map { target in
            let definition = Array(#"{"name":"add","inputSchema":{"type":"object"}}"#.utf8)
            return ToolEntry(
                exposedName: "\(targets[target].name)___add",
                name: "add",
                target: target,
                definition: definition,
                sha256: digest("\(target)")
            )
        }
        return Snapshot(
            version: version,
            targets: targets,
            tools: tools,
            tenants: tenants,
            keys: [Keys.entry(1, Keys.good), Keys.entry(2, Keys.other, tenant: tenants.count - 1)],
            seed: 7
        )
    }

    private func with(
        timeoutMs: Int = 30_000,
        _ body: @escaping @Sendable (Agents, SessionFunction) async throws -> Void
    ) async throws {
        try await withAgents(Self.snapshot(timeoutMs: timeoutMs)) { agents in
            let function = SessionFunction()
            agents.upstream.respond = { await function.answer($0) }
            try await body(agents, function)
        }
    }

    @Test(arguments: ["two", "one"])
    func `a function that wants no session is never asked for one`(_ target: String) async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            function.wantsSession = false
            for ask in [Ask.modernCall("\(target)___add"), .legacyCall("\(target)___add")] {
                let reply = try await agents.expect(200, ask)
                #expect(reply.text == "ran add in none 2025-06-18")
            }
            #expect(function.log == ["tools/call in -", "tools/call in -"])
        }
    }

    @Test(arguments: ["two", "one"])
    func `a session is opened at the first refusal, reused, and opened again after it has ended`(
        _ target: String
    ) async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            let ask = Ask.legacyCall("\(target)___add")
            #expect(try await agents.said(ask) == "ran add in s1 2025-03-26")
            #expect(try await agents.said(ask) == "ran add in s1 2025-03-26")
            #expect(
                function.log == [
                    "tools/call in -", "initialize in -", "notifications/initialized in s1",
                    "tools/call in s1",
                    "tools/call in s1",
                ]
            )
            function.open = []
            #expect(try await agents.said(ask) == "ran add in s2 2025-03-26")
            #expect(
                function.log.suffix(4) == [
                    "tools/call in s1", "initialize in -", "notifications/initialized in s2",
                    "tools/call in s2",
                ]
            )
            // Each counts as one call of the agent, however many requests it took.
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="\#(target)",tool="add",outcome="ok"}"#) == "3"
            )
        }
    }

    @Test func `tenants never share a function's session`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            #expect(try await agents.said(.modernCall("two___add")) == "ran add in s1 2025-03-26")
            let other = Ask.modernCall("two___add").by(Keys.other)
            #expect(try await agents.said(other) == "ran add in s2 2025-03-26")
            #expect(try await agents.said(.modernCall("two___add")) == "ran add in s1 2025-03-26")
            #expect(try await agents.said(other) == "ran add in s2 2025-03-26")
            // One tenant's refusal doesn't affect another: each tenant's first call is refused.
            #expect(function.log.filter { $0 == "tools/call in -" }.count == 2)
            #expect(try await agents.said(.modernCall("one___add")) == "ran add in s3 2025-03-26")
        }
    }

    @Test func `calls in a session go to the function version that gave it`() async throws {
        let route = VersionRoute(branches: [
            VersionRoute.Branch(qualifier: "live", weight: 1),
            VersionRoute.Branch(qualifier: "next", weight: 1),
        ])
        try await withAgents(Self.snapshot(route: route)) { (agents: Agents) async throws in
            // Each version knows only its own sessions.
            let versions = [SessionFunction(), SessionFunction()]
            agents.upstream.respond = { await versions[$0.branch ?? 0].answer($0) }
            for _ in 0..<6 {
                #expect(try await agents.said(.modernCall("two___add")) == "ran add in s1 2025-03-26")
            }
            #expect(versions.map { $0.log.count }.sorted() == [0, 9])
            // Without sessions, calls take turns.
            for version in versions { version.wantsSession = false }
            agents.publish(Self.snapshot(2, timeoutMs: 29_000, route: route))
            for _ in 0..<6 { _ = try await agents.said(.modernCall("two___add")) }
            #expect(versions.map { $0.log.count }.sorted() == [3, 12])
        }
    }

    @Test func `without a session id, calls alternate between the versions`() async throws {
        let route = VersionRoute(branches: [
            VersionRoute.Branch(qualifier: "live", weight: 1),
            VersionRoute.Branch(qualifier: "next", weight: 1),
        ])
        try await withAgents(Self.snapshot(route: route)) { (agents: Agents) async throws in
            agents.upstream.respond = { sent in
                sent.payload.contains("2026-07-28")
                    ? SessionFunction.response(#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#)
                    : Self.modernOnly
            }
            for _ in 0..<7 { _ = try await agents.expect(200, .modernCall("two___add")) }
            // The first call's two requests go to one version.
            let branches = agents.upstream.sent.map { $0.branch ?? -1 }
            #expect(branches == [0, 0, 1, 0, 1, 0, 1, 0])
        }
    }

    @Test func `a failure that mentions a session is passed on if the function gives no session`()
        async throws
    {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            function.initializeAnswer = SessionFunction.refusal(-32601, "Method not found", 404)
            let usual = function
            agents.upstream.respond = { sent in
                let isAcme = sent.payload.contains("fails")
                guard isAcme else { return await usual.answer(sent) }
                return SessionFunction.refusal(-32000, "checkout session expired", 400)
            }
            function.wantsSession = false
            for _ in 0..<2 {
                let reply = try await agents.send(.legacyCall("two___add", #"{"a":"fails"}"#))
                let message = reply.json["error"]?["message"]?.stringValue
                #expect(message?.contains("checkout session expired") == true, "\(reply.body)")
                // No session is asked for from now on, neither for this tenant nor for another.
                #expect(try await agents.said(.legacyCall("two___add")) == "ran add in none 2025-06-18")
                let other = Ask.legacyCall("two___add").by(Keys.other)
                #expect(try await agents.said(other) == "ran add in none 2025-06-18")
            }
            #expect(function.log.filter { $0.hasPrefix("initialize") }.count == 2)
            #expect(agents.log.contains { $0.contains("the function gave no session") })
        }
    }

    @Test func `calls that waited for a session the function refuses are sent once without it`() async throws
    {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            let gate = Gate()
            function.pause = { await gate.pass() }
            function.initializeAnswer = SessionFunction.refusal(-32601, "Method not found", 404)
            let calls = (0..<5).map { _ in
                Task.immediate(executorPreference: agents.loop) {
                    try await agents.send(.legacyCall("two___add"))
                }
            }
            function.wantsSession = false
            gate.open()
            var texts: [String] = []
            for call in calls { texts.append(try await call.value.text ?? "refused") }
            #expect(texts.sorted() == Array(repeating: "ran add in none 2025-06-18", count: 4) + ["refused"])
            #expect(function.log.filter { $0.hasPrefix("initialize") }.count == 1)
        }
    }

    @Test func `the deadline that a function gets doesn't move when the call is repeated`() async throws {
        let snapshot = Self.snapshot(callerIdentity: .meta)
        try await withAgents(snapshot) { (agents: Agents) async throws in
            let function = SessionFunction()
            let loop = agents.loop
            function.pause = { await loop.sleep(for: .milliseconds(100)) }
            agents.upstream.respond = { await function.answer($0) }
            #expect(try await agents.said(.legacyCall("two___add")) == "ran add in s1 2025-03-26")
            let deadlines = agents.upstream.sent.compactMap { sent -> Int? in
                let event = try? JSONValue(parsing: sent.payload)
                let message = try? JSONValue(parsing: event?["body"]?.stringValue ?? "")
                return message?["params"]?["_meta"]?["mcp-gateway/caller"]?["deadlineMs"]?.intValue
            }
            try #require(deadlines.count == 2)
            #expect(abs(deadlines[1] - deadlines[0]) < 50, "\(deadlines)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a call waits for a session no longer than its own timeout`() async throws {
        try await with(timeoutMs: 50) { (agents: Agents, function: SessionFunction) async throws in
            let gate = Gate()
            function.pause = { await gate.pass() }
            let first = Task.immediate(executorPreference: agents.loop) {
                try await agents.send(.legacyCall("two___add"))
            }
            // The first call is still asking for the session.
            let reply = try await agents.send(.legacyCall("two___add"))
            #expect(reply.failureCode == "timed_out", "\(reply.body)")
            gate.open()
            #expect(try await first.value.failureCode == "timed_out")
            #expect(!function.log.contains { $0.hasPrefix("tools/call in s") })
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cancelled call stops waiting for a session at once`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            let gate = Gate()
            function.pause = { await gate.pass() }
            let first = Task.immediate(executorPreference: agents.loop) {
                try await agents.send(.legacyCall("two___add"))
            }
            let cancellation = Cancellation()
            let held = LoopBound(cancellation, on: agents.loop)
            let second = Task.immediate(executorPreference: agents.loop) {
                try await agents.send(.modernCall("two___add"), cancellation: held.value)
            }
            cancellation.cancel()
            #expect(try await second.value.failureCode == "cancelled")
            gate.open()
            #expect(try await first.value.text == "ran add in s1 2025-03-26")
            #expect(function.log.filter { $0 == "tools/call in s1" }.count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `at most a thousand calls wait for one session`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            let gate = Gate()
            function.pause = { await gate.pass() }
            let calls = (0...1_000).map { _ in
                Task.immediate(executorPreference: agents.loop) {
                    try await agents.send(.legacyCall("two___add"))
                }
            }
            let reply = try await agents.send(.legacyCall("two___add"))
            #expect(reply.failureCode == "unavailable", "\(reply.body)")
            gate.open()
            for call in calls { #expect(try await call.value.text == "ran add in s1 2025-03-26") }
        }
    }

    @Test func `concurrent calls of a tenant share one new session, and other tenants' calls don't wait`()
        async throws
    {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            let gate = Gate()
            function.pause = { await gate.pass() }
            try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<20 {
                    group.addTask(executorPreference: agents.loop) {
                        try await agents.said(.legacyCall("two___add"))
                    }
                }
                group.addTask(executorPreference: agents.loop) {
                    await gate.reached(1)
                    async let other = agents.send(Ask.legacyCall("two___add").by(Keys.other))
                    await gate.reached(2)
                    gate.open()
                    return try await other.text
                }
                var texts: [String: Int] = [:]
                for try await text in group { texts[text ?? "", default: 0] += 1 }
                #expect(texts.values.sorted() == [1, 20], "\(texts)")
            }
            #expect(function.log.filter { $0.hasPrefix("initialize") }.count == 2)
            // No call is refused twice for a missing session, and no call runs twice.
            #expect(function.log.filter { $0.hasPrefix("tools/call in s") }.count == 21)
        }
    }

    @Test func `if opening a session fails, all waiting calls get the reason`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            // The function has given a session before, so it wants one.
            _ = try await agents.send(.legacyCall("two___add"))
            function.open = []
            let gate = Gate()
            function.pause = { await gate.pass() }
            function.initializeAnswer = SessionFunction.refusal(-32603, "no table sessions", 500)
            try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<5 {
                    group.addTask(executorPreference: agents.loop) {
                        try await agents.said(.legacyCall("two___add"))
                    }
                }
                group.addTask(executorPreference: agents.loop) {
                    await gate.reached(1)
                    gate.open()
                    return nil
                }
                for try await text in group where text != nil {
                    #expect(
                        text == "The tool was not called: its function gave no session. "
                            + "the function answered with status 500: no table sessions"
                    )
                }
            }
            #expect(function.log.filter { $0.hasPrefix("initialize") }.count == 2)
            function.initializeAnswer = nil
            #expect(try await agents.said(.legacyCall("two___add")) == "ran add in s2 2025-03-26")
            #expect(agents.log.contains { $0.contains("the function gave no session") })
        }
    }

    @Test func `if the call that opens a session is cancelled, a waiting call opens one`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            let gate = Gate()
            function.pause = { await gate.pass() }
            function.initializeAnswer = .failed(
                UpstreamFailure(code: .cancelled, message: "cancelled", detail: "")
            )
            async let first = agents.send(.modernCall("two___add"))
            await gate.reached(1)
            async let second = agents.send(.modernCall("two___add"))
            async let third = agents.send(.modernCall("two___add"))
            for _ in 0..<10 where function.log.filter({ $0 == "tools/call in -" }).count < 1 {
                await Task.yield()
            }
            await Task.yield()
            gate.open()
            // Each of the others asks in its turn, because every attempt ends in the same way.
            let texts = [try await first, try await second, try await third].map { $0.text }
            #expect(texts == ["cancelled", "cancelled", "cancelled"])
            #expect(function.log.filter { $0.hasPrefix("initialize") }.count >= 2)
        }
    }

    @Test func `a call is repeated only once; after that the client gets the function's refusal`()
        async throws
    {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            // Like a server that keeps sessions in memory, behind many environments.
            function.pause = { function.open = [] }
            let open = function
            agents.upstream.respond = { sent in
                let outcome = await open.answer(sent)
                open.open = []
                return outcome
            }
            let reply = try await agents.send(.legacyCall("two___add"))
            #expect(
                reply.json["error"]?["message"]?.stringValue?.contains("Session not found") == true,
                "\(reply.body)"
            )
            #expect(function.log.count == 4)
            // The next call begins with another session, not with the one that was refused.
            _ = try await agents.send(.legacyCall("two___add"))
            #expect(!function.log.suffix(4).contains("tools/call in s1"), "\(function.log)")
        }
    }

    @Test func `if the function refuses the protocol version, initialize agrees on another`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            function.wantsSession = false
            function.versions = ["2025-03-26"]
            #expect(try await agents.said(.modernCall("two___add")) == "ran add in s1 2025-03-26")
        }
    }

    private static var modernOnly: UpstreamOutcome {
        SessionFunction.response(
            #"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"Unsupported protocol version","#
                + #""data":{"supported":["2026-07-28"],"requested":"2025-06-18"}}}"#,
            status: 400
        )
    }

    @Test func `a function that supports only 2026-07-28 is called in that version`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            function.wantsSession = false
            function.versions = ["2026-07-28"]
            agents.upstream.respond = { sent in
                sent.payload.contains("2026-07-28") ? await function.answer(sent) : Self.modernOnly
            }
            for _ in 0..<2 {
                let reply = try await agents.expect(200, .legacyCall("two___add"))
                #expect(reply.text == "ran add in none 2026-07-28")
            }
            #expect(agents.upstream.sent.count == 3)
        }
    }

    @Test func `all requests of a call share its timeout`() async throws {
        try await with(timeoutMs: 1) { (agents: Agents, function: SessionFunction) async throws in
            function.pause = {
                let start = ContinuousClock.now
                while start.duration(to: .now) < .milliseconds(5) { await Task.yield() }
            }
            let reply = try await agents.send(.legacyCall("two___add"))
            #expect(reply.json["result"]?["isError"]?.boolValue == true)
            #expect(
                reply.json["result"]?["_meta"]?["mcp-gateway/error"]?["code"] == "timed_out",
                "\(reply.body)"
            )
            #expect(!function.log.contains { $0.hasPrefix("tools/call in s") })
        }
    }

    @Test func `sessions of removed functions and tenants are forgotten`() async throws {
        try await with { (agents: Agents, function: SessionFunction) async throws in
            _ = try await agents.send(.legacyCall("two___add"))
            _ = try await agents.send(Ask.legacyCall("two___add").by(Keys.other))
            // Another state with the same functions keeps them.
            agents.publish(Self.snapshot(2))
            #expect(try await agents.said(.legacyCall("two___add")) == "ran add in s1 2025-03-26")
            agents.publish(Self.snapshot(3, tenants: [Self.tenants[1]]))
            #expect(
                try await agents.said(Ask.legacyCall("two___add").by(Keys.other))
                    == "ran add in s2 2025-03-26"
            )
            agents.publish(Self.snapshot(4))
            #expect(try await agents.said(.legacyCall("two___add")) == "ran add in s3 2025-03-26")
            // A function with another setting is another function.
            agents.publish(Self.snapshot(5, timeoutMs: 29_000))
            #expect(try await agents.said(.legacyCall("two___add")) == "ran add in s4 2025-03-26")
        }
    }
}

extension Agents {
    fileprivate func said(_ ask: Ask) async throws -> String? { try await send(ask).text }
}

extension Reply {
    fileprivate var failureCode: String? {
        json["result"]?["_meta"]?["mcp-gateway/error"]?["code"]?.stringValue
    }
}
