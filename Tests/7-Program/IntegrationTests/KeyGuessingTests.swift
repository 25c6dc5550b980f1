import Foundation
import JSON
import TestSupport
import Testing

/// Strangers who guess keys: what it costs, what they learn, and what the audit log keeps.
struct KeyGuessingTests {
    private static func request(_ key: String) -> String {
        "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\n\r\n"
    }

    /// The resources that a gateway has used.
    private struct Use {
        let cpuSeconds: Double
        let residentBytes: Double

        init(_ gateway: GatewayProcess) async throws {
            cpuSeconds = try await gateway.metric("process_cpu_seconds_total") ?? 0
            residentBytes = try await gateway.metric("process_resident_memory_bytes") ?? 0
        }
    }

    /// Tries wrong keys as fast as answers come, `pipelined` at once on each of `connections`.
    /// - Returns: how often each status came.
    private func guess(
        _ count: Int,
        _ gateway: GatewayProcess,
        connections: Int = 8,
        from source: @escaping @Sendable (Int) -> String? = { _ in nil }
    ) async throws -> [Int: Int] {
        let (port, pipelined) = (gateway.agentsPort, 25)
        return try await withThrowingTaskGroup(of: [Int: Int].self) { group in
            for connection in 0..<connections {
                group.addTask {
                    var statuses: [Int: Int] = [:]
                    let client = try RawClient(port: port, from: source(connection))
                    defer { client.close() }
                    for round in 0..<count / connections / pipelined {
                        let keys = (0..<pipelined).map { "mgw_\(connection)a\(round)b\($0)_wrong" }
                        client.send(keys.map(Self.request).joined())
                        for _ in keys { statuses[try await client.readResponse().status, default: 0] += 1 }
                    }
                    return statuses
                }
            }
            var all: [Int: Int] = [:]
            for try await statuses in group { all.merge(statuses, uniquingKeysWith: +) }
            return all
        }
    }

    private func refusals(_ mall: Mall) async throws -> [JSONValue] {
        let list = try await mall.people.json("audit", "list", "--action", "authentication.", "--limit", "0")
        return list["events"]?.arrayValue ?? []
    }

    @Test
    func `ten thousand wrong keys cost little, affect nobody else, and leave few rows in the audit log`()
        async throws
    {
        try await Mall.with(settings: [:]) { mall in
            let gateway = mall.gateway
            let key = try await mall.key().key
            // Requests before the gateway knows the key count as wrong ones, so they come from another address.
            let agent = Agent(port: gateway.agentsPort, key: key, era: .modern)
            var elsewhere = agent
            elsewhere.source = "127.0.0.2"
            let neighbour = elsewhere
            try await eventually("the key is known") { try await neighbour.list().status == 200 }
            let before = try await Use(gateway)
            let began = ContinuousClock.now
            async let flood = guess(10_000, gateway)
            // Meanwhile requests come from another address.
            for _ in 0..<20 { #expect(try await neighbour.list().status == 200) }
            let statuses = try await flood
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            let after = try await Use(gateway)
            #expect(Set(statuses.keys) == [401, 429], "\(statuses)")
            #expect((statuses[401] ?? 0) <= 100 + Int(10 * seconds) + 1, "\(statuses) in \(seconds) s")
            #expect((statuses[401] ?? 0) >= 100, "\(statuses)")
            let cost = (after.cpuSeconds - before.cpuSeconds) / 10_000
            let growth = after.residentBytes - before.residentBytes
            print(
                "  10000 wrong keys in \(seconds) s: \(cost * 1e6) µs each, \(growth) bytes more, \(statuses)"
            )
            #expect(cost < 0.001)
            #expect(growth < 8_000_000)
            // From the flooding address even the right key is refused until the announced time.
            let refused = try await agent.list()
            if refused.status == 429 {
                #expect(refused.response.field("retry-after") == "1")
                #expect(!refused.response.text.contains("mgw_"))
            }
            try await ContinuousClock().sleep(for: .seconds(1))
            #expect(try await agent.list().status == 200)
            try await eventually("the refusals are written down") {
                try await refusals(mall).filter { $0["actor"] == "anonymous:127.0.0.1" }.count >= 2
            }
            let all = try await refusals(mall)
            #expect(all.count <= 61)
            let rows = all.filter { $0["actor"] == "anonymous:127.0.0.1" }
            let reasons = Set(rows.compactMap { $0["after"]?["reason"]?.stringValue })
            #expect(reasons == ["unknown", "limited"])
            #expect(try await mall.expectAuditIsSound())
        }
    }

    @Test func `wrong keys from a thousand addresses leave at most 61 rows a minute`() async throws {
        try await Mall.with(settings: [:]) { mall in
            let gateway = mall.gateway
            _ = try await gateway.agent(key: mall.key().key)
            for block in 0..<4 {
                let statuses = try await guess(250 * 25, gateway, connections: 250) { connection in
                    "127.0.\(10 + block).\(1 + connection)"
                }
                #expect(statuses == [401: 250 * 25])
            }
            try await eventually("the minute's rows are written", seconds: 30) {
                try await refusals(mall).count >= 60
            }
            var minutes: [Int: Int] = [:]
            for row in try await refusals(mall) {
                minutes[(row["atMs"]?.intValue ?? 0) / 60_000, default: 0] += 1
            }
            #expect(minutes.values.allSatisfy { $0 <= 61 }, "\(minutes)")
            #expect(try await mall.expectAuditIsSound())
        }
    }

    @Test
    func `a right prefix with a wrong secret is answered as an unknown key, in the same bytes and time`()
        async throws
    {
        try await Mall.with(settings: ["limits": Mall.leniency]) { mall in
            let gateway = mall.gateway
            let (key, prefix) = try await mall.key()
            let (ended, endedPrefix) = try await mall.key()
            for key in [key, ended] { _ = try await gateway.agent(key: key) }
            try await mall.people.command("key", "revoke", endedPrefix)
            let revoked = Agent(port: gateway.agentsPort, key: ended, era: .modern)
            try await eventually("a key is revoked") { try await revoked.list().status == 401 }
            let secret = key.dropFirst("mgw_\(prefix)_".count)
            let last: Character = secret.last == "a" ? "b" : "a"
            let unknown = "mgw_\(String(prefix.reversed()))_\(secret.dropLast())\(last)"
            let collisions = [
                "mgw_\(prefix)_\(secret.dropLast())\(last)", "mgw_\(prefix)_\(String(secret.reversed()))",
                "mgw_\(prefix)_", "mgw_\(prefix)", "mgw_\(prefix)_\(secret)\(secret)", ended,
                key.uppercased(),
                "mgw_\(prefix)_\(secret) \(secret)", "mgw__\(secret)", String(key.dropLast()), "\(key)a",
            ]
            func answer(_ key: String) async throws -> String {
                try await Agent(port: gateway.agentsPort, key: key, era: .modern).list().response.plain()
            }
            let expected = try await answer(unknown)
            #expect(expected.hasPrefix("HTTP/1.1 401 "))
            for key in collisions { #expect(try await answer(key) == expected, "\(key)") }
            let times = try Self.times(of: [unknown, collisions[0]], tries: 500, port: gateway.agentsPort)
            let ratio = times[1] / times[0]
            print("  unknown prefix \(times[0]) µs, wrong secret \(times[1]) µs, ratio \(ratio)")
            #expect(ratio > 0.8 && ratio < 1.25)
            #expect(try await Agent(port: gateway.agentsPort, key: key, era: .modern).list().status == 200)
        }
    }

    @Test func `a flood of tokens with unknown key ids makes the gateway fetch keys at most once`()
        async throws
    {
        try await PythonIssuer.with { issuer in
            let trust = """
                issuers = ["\(issuer.url)"]
                audiences = ["here"]
                tenant_claim = "org"
                tenants = { "o-1" = "acme" }
                scopes = { "tools" = ["*"] }
                """
            let settings = ["limits": "\(Mall.patience)\n\(Mall.leniency)", "auth.jwt": trust]
            try await Mall.with(settings: settings) { mall in
                let gateway = mall.gateway
                let claims: [(String, JSONValue)] = [
                    ("aud", "here"), ("sub", "ada"), ("org", "o-1"), ("scope", "tools"),
                ]
                let agent = try await gateway.agent(key: issuer.token(claims))
                let body = agent.key.split(separator: ".").dropFirst().joined(separator: ".")
                let (fetches, before) = (try await issuer.fetches(), try await Use(gateway))
                let began = ContinuousClock.now
                let client = try RawClient(port: gateway.agentsPort)
                defer { client.close() }
                for number in 0..<2_000 {
                    let head = Data(#"{"alg":"RS256","typ":"at+jwt","kid":"k\#(number)"}"#.utf8)
                        .base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
                        .replacing("/", with: "_")
                    client.send(Self.request("\(head).\(body)"))
                    #expect(try await client.readResponse().status == 401)
                    if number % 200 == 0 { #expect(try await agent.list().status == 200) }
                }
                // At least ten seconds lie between two fetches.
                let most = 1 + Int((ContinuousClock.now - began).components.seconds) / 10
                #expect(try await issuer.fetches() - fetches <= most)
                #expect(try await Use(gateway).residentBytes - before.residentBytes < 8_000_000)
                #expect(try await mall.expectAuditIsSound())
            }
        }
    }

    /// The median times of answers in microseconds, one per key; the keys are tried in turn on one connection.
    private static func times(of keys: [String], tries: Int, port: Int) throws -> [Double] {
        let client = try RawClient(port: port)
        defer { client.close() }
        var times = keys.map { _ in [Duration]() }
        for attempt in 0..<tries {
            // The order alternates, so that no key always comes first.
            for index in attempt % 2 == 0 ? Array(keys.indices) : keys.indices.reversed() {
                let began = ContinuousClock.now
                client.send(request(keys[index]))
                guard try client.readResponseHere().status == 401 else {
                    throw Program.Failure(description: "not refused")
                }
                times[index].append(ContinuousClock.now - began)
            }
        }
        return times.map { $0.sorted()[$0.count / 2] / .microseconds(1) }
    }
}
