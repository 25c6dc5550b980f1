import Foundation
import JSON
import TestSupport
import Testing

/// Secrets in every place where they belong, and in places where people put them by mistake: none is ever shown.
@Suite(.timeLimit(.minutes(5)))
struct LeakTests {
    /// Requests that have a secret in one place.
    private static func misplaced(_ secret: String) -> [(
        port: KeyPath<GatewayProcess, Int>, head: String, body: String
    )] {
        let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(secret)"}}"#
        let method = #"{"jsonrpc":"2.0","id":1,"method":"\#(secret)"}"#
        var all: [(KeyPath<GatewayProcess, Int>, String, String)] = []
        for port in [\GatewayProcess.agentsPort, \GatewayProcess.adminPort] {
            for path in [
                "/\(secret)", "/mcp/\(secret)", "/mcp?key=\(secret)", "/portal/v1/me?token=\(secret)",
                "/portal/v1/targets/\(secret)", "/admin/v1/keys/\(secret)",
                "/admin/v1/tenants?cursor=\(secret)",
                "/status?token=\(secret)", "/metrics?token=\(secret)", "/healthz?token=\(secret)",
            ] {
                all.append((port, "GET \(path) HTTP/1.1\r\n", ""))
                all.append((port, "GET \(path) HTTP/1.1\r\nAuthorization: Bearer \(secret)\r\n", ""))
            }
        }
        for field in [
            "Authorization: \(secret)", "Authorization: Basic \(secret)",
            "Authorization: Bearer Bearer \(secret)",
            "X-Api-Key: \(secret)", "Mcp-Session-Id: \(secret)", "Last-Event-ID: \(secret)",
            "MCP-Protocol-Version: \(secret)", "Origin: http://\(secret)", "X-Forwarded-For: \(secret)",
            "Cookie: token=\(secret)",
        ] {
            for body in [call, method, secret] {
                all.append(
                    (
                        \.agentsPort, "POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\n\(field)\r\n",
                        body
                    )
                )
            }
        }
        return all
    }

    private func send(_ head: String, _ body: String, to port: Int) async throws {
        let client = try RawClient(port: port)
        client.send("\(head)Host: 127.0.0.1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        _ = await client.read(until: "\r\n\r\n")
        client.close()
    }

    @Test
    func `no secret and no session id is in anything that the process shows or stores, for any role`()
        async throws
    {
        try await Mall.with(["shop": ["look"], "bank": ["open"]]) { mall in
            let (gateway, people) = (mall.gateway, mall.people)
            func adminToken(_ role: String) async throws -> String {
                let issued = try await people.json("admin-token", "issue", role, "--role", role)
                return try #require(issued["token"]?.stringValue)
            }
            let (operators, viewers) = (try await adminToken("operator"), try await adminToken("viewer"))
            let (key, prefix) = try await mall.key()
            let rotated = try await people.json("key", "rotate", prefix)
            let newKey = try #require(rotated["key"]?.stringValue)
            let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"
            var sessions: [String] = []
            for own in [key, newKey] {
                let agent = try await gateway.agent(.legacy, key: own)
                sessions.append(try #require(agent.session))
                let stream = try agent.beginStream()
                _ = await stream.read(until: "\r\n\r\n")
                #expect(try await agent.call("shop___look").text == "look")
                #expect(try await agent.call("shop___nothing").error != nil)
                #expect(try await gateway.portal(own).post("/subscriptions", ["target": "bank"]).status < 300)
                #expect(try await gateway.agent(.modern, key: own).call("shop___look").text == "look")
                stream.close()
            }
            for (secret, status) in [(operators, 200), (viewers, 200), (key, 401), (token, 401)] {
                #expect(try await gateway.admin(secret).get("/tenants").status == status)
                for era in Agent.Era.allCases {
                    _ = try await Agent(port: gateway.agentsPort, key: secret, era: era).list()
                }
            }
            let secrets = [key, newKey, operators, viewers, token] + sessions
            for secret in secrets {
                for request in Self.misplaced(secret) {
                    try await send(request.head, request.body, to: gateway[keyPath: request.port])
                }
            }
            try await people.command("key", "revoke", prefix)
            let shown = try await everythingShown(by: mall, operators, viewers, newKey)
            #expect(shown.count > 60 && shown.contains { $0.text.contains(prefix) })
            for secret in secrets {
                // A key's or token's prefix is a name that everybody may see; the part after it is the secret.
                let hidden = secret.hasPrefix("mgw") ? String(secret.split(separator: "_")[2]) : secret
                #expect(hidden.utf8.count > 20)
                for (place, text) in shown where text.contains(hidden) {
                    let line = text.split(separator: "\n").first { $0.contains(hidden) } ?? ""
                    Issue.record("\(place) shows \(secret): \(line.prefix(400))")
                }
            }
        }
    }

    /// What every role is shown on every interface, and what the process stores in files.
    private func everythingShown(
        by mall: Mall,
        _ operators: String,
        _ viewers: String,
        _ key: String
    ) async throws -> [(place: String, text: String)] {
        let (gateway, people) = (mall.gateway, mall.people)
        var shown: [(place: String, text: String)] = []
        for path in ["/healthz", "/livez", "/readyz", "/health", "/metrics", "/status", "/nothing"] {
            for (name, port) in [("agents", gateway.agentsPort), ("admin", gateway.adminPort)] {
                shown.append(("\(name) \(path)", try await gateway.get(path, port: port).text))
            }
        }
        func value(_ name: String) -> String {
            [
                "tenant": "acme", "target": "shop", "tool": "shop___look",
                "prefix": String(key.split(separator: "_")[1]),
            ][name] ?? "1"
        }
        let admin = Operation.all(try await gateway.admin(nil).get("/openapi.json").json)
        for (role, token) in [("operator", operators), ("viewer", viewers)] {
            for operation in admin where operation.method == "GET" {
                let answer = try await operation.send(by: gateway.admin(token), value)
                shown.append(("\(operation.template) as \(role)", answer.text))
            }
        }
        let portal = Operation.all(try await gateway.portal(key).get("/openapi.json").json)
        for operation in portal where operation.method == "GET" {
            let answer = try await operation.send(by: gateway.portal(key), value)
            shown.append(("portal \(operation.template)", answer.text))
        }
        for words in [
            ["doctor"], ["config", "show"], ["audit", "list", "--limit", "0"], ["key", "list"],
        ] {
            let output = try await people.run(words)
            shown.append((words.joined(separator: " "), output.out + output.err))
        }
        shown.append(("the log", gateway.log))
        for name in try FileManager.default.contentsOfDirectory(atPath: gateway.workspace.folder) {
            let path = "\(gateway.workspace.folder)/\(name)"
            guard let bytes = FileManager.default.contents(atPath: path) else { continue }
            shown.append((name, String(decoding: bytes, as: UTF8.self)))
        }
        return shown
    }
}
