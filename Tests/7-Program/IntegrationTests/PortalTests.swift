import Foundation
import JSON
import TestSupport
import Testing

/// The portal of a running gateway, as used by a tenant's developer and an operator.
struct PortalTests {
    private struct Answer {
        let status: Int
        let text: String
        let json: JSONValue?
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: String = "",
        key: String?,
        fields: String = "",
        to gateway: GatewayProcess
    ) async throws -> Answer {
        let client = try RawClient(port: gateway.agentsPort)
        defer { client.close() }
        let authorization = key.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let content =
            body.isEmpty ? "" : "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        client.send(
            "\(method) /portal/v1\(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(authorization)\(fields)\(content)\r\n\(body)"
        )
        let response = try await client.readResponse(toHead: method == "HEAD")
        let json = try? JSONValue(parsing: String(decoding: response.body, as: UTF8.self))
        return Answer(status: response.status, text: response.head + "\r\n" + response.text, json: json)
    }

    /// A gateway with a target `shop` of two tools that needs an operator's approval.
    private func withShop(
        settings: [String: String] = [:],
        _ body: (GatewayProcess) async throws -> Void
    ) async throws {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look", "buy"]) : FakeLambda.text("done")
        }) { url in
            try await withGateway(settings: settings, environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                try await workspace.addShop(at: url, approval: nil)
                try await workspace.command("target", "refresh")
                try await body(gateway)
            }
        }
    }

    @Test(arguments: Agent.Era.allCases)
    func `a target requested in the portal and approved by an operator is called, and its limit is shown`(
        _ era: Agent.Era
    ) async throws {
        try await withShop { gateway in
            let workspace = gateway.workspace
            let (key, prefix) = try await workspace.issueKey(tenant: "acme")
            let agent = try await gateway.agent(era, key: key)
            #expect(try await agent.toolNames() == [])
            try await eventually("the portal knows the tools") {
                try await send("GET", "/targets/shop", key: key, to: gateway).json?["tools"] == 2
            }
            let asked = try await send(
                "POST",
                "/subscriptions",
                #"{"target":"shop","reason":"for the robots"}"#,
                key: key,
                fields: "X-Request-Id: ask-7\r\n",
                to: gateway
            )
            #expect(asked.status == 201, "\(asked.text)")
            #expect(asked.text.contains("X-Request-Id: ask-7"))
            #expect(asked.text.contains("Cache-Control: no-store"))
            let id = try #require(asked.json?["id"]?.intValue)
            let again = try await send(
                "POST",
                "/subscriptions",
                #"{"target":"shop"}"#,
                key: key,
                to: gateway
            )
            #expect(again.status == 200)
            #expect(again.json == asked.json)
            let pending = try await workspace.json("subscription", "list", "--state", "pending")
            #expect(pending["subscriptions"]?[0]?["requestedBy"] == .string("portal:acme/\(prefix)"))
            try await workspace.command("subscription", "approve", "\(id)", "--tools", "shop___l*")
            try await workspace.command("limit", "set", "tenant", "acme", "--quota", "5/day")
            try await gateway.awaitTool("shop___look", agent)
            try await eventually("the limit is known") {
                try await send("GET", "/limits", key: key, to: gateway).json?["limits"]?[0] != nil
            }
            #expect(try await agent.call("shop___look").text == "done")
            let tools = try await send("GET", "/targets/shop/tools", key: key, to: gateway)
            #expect(tools.json?["tools"]?[0]?["state"] == "outside-subscription")
            #expect(tools.json?["tools"]?[1]?["state"] == "available")
            let limits = try await send("GET", "/limits", key: key, to: gateway)
            #expect(limits.json?["limits"]?[0]?["standings"]?[0]?["used"] == 1)
            #expect(limits.json?["limits"]?[0]?["standings"]?[0]?["remaining"] == 4)
            try await eventually("the call is among the usage") {
                let usage = try await send("GET", "/usage?by=tool", key: key, to: gateway)
                return usage.json?["usage"]?[0]?["calls"] == 1
            }
            let events = try await workspace.json("audit", "list")
            let event = events["events"]?.arrayValue?.first { $0["action"] == "subscription.request" }
            #expect(event?["requestId"] == "ask-7")
            #expect(event?["actor"] == .string("portal:acme/\(prefix)"))
            let late = try await send("DELETE", "/subscriptions/\(id)", key: key, to: gateway)
            #expect(late.status == 409)
        }
    }

    @Test func `a tenant learns nothing of another, by any id or cursor`() async throws {
        try await withShop { gateway in
            let workspace = gateway.workspace
            let (acme, _) = try await workspace.issueKey(tenant: "acme")
            let (rival, _) = try await workspace.issueKey(tenant: "rival")
            try await eventually("the keys are known") {
                let me = try await send("GET", "/me", key: rival, to: gateway)
                return me.json?["tenant"] == "rival"
            }
            let body = #"{"target":"shop","reason":"a secret plan"}"#
            let theirs = try await send("POST", "/subscriptions", body, key: rival, to: gateway)
            let id = try #require(theirs.json?["id"]?.intValue)
            var answers: Set<String> = []
            for text in ["\(id)", "987654", "0\(id)", "x", "1%27%20OR%201=1", "%E2%80%AE", "-1"] {
                for method in ["GET", "DELETE"] {
                    let answer = try await send(
                        method,
                        "/subscriptions/\(text)",
                        key: acme,
                        fields: "X-Request-Id: same\r\n",
                        to: gateway
                    )
                    #expect(answer.status == 404)
                    answers.insert(answer.json?.text ?? "")
                }
            }
            #expect(answers.count == 1, "\(answers)")
            for path in ["/subscriptions", "/targets", "/usage", "/limits", "/me", "/tools"] {
                let answer = try await send("GET", path, key: acme, to: gateway)
                #expect(answer.status == 200)
                #expect(!answer.text.contains("rival") && !answer.text.contains("secret plan"))
            }
        }
    }

    @Test func `a wrong credential gets nothing, and attempts are bounded as at the agents' endpoint`()
        async throws
    {
        let settings = ["limits": "failure_rate = 1\nfailure_burst = 5\nrequest_rate = 1\nrequest_burst = 20"]
        try await withGateway(settings: settings) { gateway in
            let workspace = gateway.workspace
            let (key, prefix) = try await workspace.issueKey(tenant: "acme")
            let other = try await workspace.issueKey(tenant: "other").key
            for path in ["/me", "/nothing", "/openapi.json", ""] {
                let missing = try await send("GET", path, key: nil, to: gateway)
                #expect(missing.status == 401)
                #expect(missing.text.contains("Content-Type: application/problem+json"))
                #expect(missing.text.contains("WWW-Authenticate: Bearer"))
            }
            let page = try await send(
                "GET",
                "/me",
                key: nil,
                fields: "Origin: https://evil.example\r\n",
                to: gateway
            )
            #expect(page.status == 403)
            #expect(page.json?["type"] == "urn:mcp-gateway:problem:forbidden")
            let big = String(repeating: " ", count: 64 * 1024) + "{}"
            try await eventually("the key is known") {
                try await send("POST", "/subscriptions", big, key: key, to: gateway).status == 413
            }
            #expect(try await send("PUT", "/me", key: key, to: gateway).status == 405)
            #expect(try await send("GET", "/nothing", key: key, to: gateway).status == 404)
            #expect(try await send("GET", "/openapi.json", key: key, to: gateway).json?["openapi"] == "3.1.0")
            var statuses: [Int] = []
            for _ in 0..<25 { statuses.append(try await send("GET", "/me", key: key, to: gateway).status) }
            #expect(statuses.contains(200) && statuses.last == 429, "\(statuses)")
            try await workspace.command("key", "revoke", prefix)
            try await workspace.command("tenant", "suspend", "other")
            for ended in [key, other] {
                try await eventually("a credential that ended is refused") {
                    try await send("GET", "/me", key: ended, to: gateway).status == 401
                }
            }
            var wrong: [Int] = []
            // A key that was valid once isn't a guess, and doesn't count against the address.
            for _ in 0..<8 { #expect(try await send("GET", "/me", key: other, to: gateway).status == 401) }
            for _ in 0..<8 {
                wrong.append(try await send("GET", "/me", key: "mgw_nobody_wrong", to: gateway).status)
            }
            #expect(wrong.allSatisfy { $0 == 401 || $0 == 429 } && wrong.contains(429), "\(wrong)")
        }
    }

    @Test func `a request by token is made in its tenant's name, and the audit log names its subject`()
        async throws
    {
        try await PythonIssuer.with { issuer in
            let jwt = """
                issuers = [{ url = "\(issuer.url)", tenant = "acme" }]
                audiences = ["gateway"]
                scopes = { "shop:look" = ["*___look"] }
                """
            try await withShop(settings: ["auth.jwt": jwt]) { gateway in
                let workspace = gateway.workspace
                try await workspace.command("tenant", "create", "acme")
                let claims: [(String, JSONValue)] = [
                    ("aud", "gateway"), ("sub", "ada"), ("client_id", "app"),
                ]
                let token = try await issuer.token(claims + [("scope", "shop:look")])
                try await eventually("the tenant is known") {
                    try await send("GET", "/me", key: token, to: gateway).status == 200
                }
                let me = try await send("GET", "/me", key: token, to: gateway)
                #expect(me.json?["subject"] == "ada" && me.json?["client"] == "app")
                #expect(me.json?["scopes"] == ["shop:look"])
                let body = #"{"target":"shop"}"#
                let asked = try await send("POST", "/subscriptions", body, key: token, to: gateway)
                #expect(asked.status == 201, "\(asked.text)")
                let events = try await workspace.json("audit", "list", "--tenant", "acme")
                #expect(events["events"]?[0]?["actor"] == "portal:acme/sub:ada")
                let refused = try await send("GET", "/me", key: token + "x", to: gateway)
                #expect(refused.status == 401)
                #expect(refused.text.contains("resource_metadata="))
                #expect(refused.json?["type"] == "urn:mcp-gateway:problem:unauthenticated")
            }
        }
    }

    @Test func `schemathesis finds no answer that the portal's description lacks`() async throws {
        let unbounded = "request_rate = 1000000\nrequest_burst = 1000000\n"
        try await withShop(
            settings: ["limits": unbounded + "failure_rate = 1000000\nfailure_burst = 1000000"]
        ) { gateway in
            let workspace = gateway.workspace
            let agent = try await gateway.agent()
            let tester = try Program(
                [
                    try Programs.python, "-m", "schemathesis.cli", "run",
                    "http://127.0.0.1:\(gateway.agentsPort)/portal/v1/openapi.json",
                    "--header", "Authorization: Bearer \(agent.key)", "--checks", "all",
                    // The store has stricter rules for names and patterns than any schema.
                    "--exclude-checks", "positive_data_acceptance", "--phases", "coverage,fuzzing,stateful",
                    "--max-examples", "20", "--seed", "1", "--generation-database", "none", "--no-color",
                    "--workers", "1",
                ],
                environment: workspace.environment,
                folder: workspace.folder
            )
            let output = try await tester.end(seconds: 300)
            await tester.stop()
            #expect(output.status == 0, "\(output.out.suffix(6_000))\(output.err.suffix(2_000))")
            #expect(!gateway.log.contains("the portal failed"))
        }
    }
}
