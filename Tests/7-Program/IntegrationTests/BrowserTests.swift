import JSON
import TestSupport
import Testing

/// Pages of other origins, in a real browser: pages that an operator lists work, and no others.
@Suite(.timeLimit(.minutes(5)))
struct BrowserTests {
    private static let tools = """
        {"tools":[{"name":"look","inputSchema":{"type":"object","properties":{"region":\
        {"type":"string","x-mcp-header":"Region"}}}},{"name":"buy","inputSchema":{"type":"object"}}]}
        """

    /// A page's function `ask(method, path, fields, body)`, which returns what the page can learn of the answer.
    private static func ask(_ gateway: GatewayProcess) -> String {
        """
        const names = ["mcp-session-id", "www-authenticate", "retry-after", "x-ratelimit-limit", "x-request-id", "allow"]
        const ask = async (method, path, fields = {}, message) => {
          const body = message && JSON.stringify({ jsonrpc: "2.0", id: 1, ...message })
          const type = body ? { "Content-Type": "application/json" } : {}
          try {
            const answer = await fetch("http://127.0.0.1:\(gateway.agentsPort)" + path, {
              method, body, headers: { Accept: "application/json, text/event-stream", ...type, ...fields }
            })
            const read = Object.fromEntries(names.map(name => [name, answer.headers.get(name)]))
            const isStream = answer.headers.get("content-type") === "text/event-stream"
            if (isStream) { await answer.body.cancel(); return { status: answer.status, isStream, ...read } }
            const text = await answer.text()
            let json = null
            try { json = JSON.parse(text) } catch {}
            return { status: answer.status, json, ...read }
          } catch (error) { return { error: error.name } }
        }

        """
    }

    /// Everything that a page may ask of the gateway, by name.
    private static func script(_ gateway: GatewayProcess, key: String) -> String {
        ask(gateway) + """
            const own = { Authorization: "Bearer \(key)" }
            const client = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "page", version: "1" } }
            const report = {}
            report.initialize = await ask("POST", "/mcp", own, { method: "initialize", params: client })
            const session = { ...own, "MCP-Protocol-Version": "2025-11-25" }
            if (report.initialize["mcp-session-id"]) session["Mcp-Session-Id"] = report.initialize["mcp-session-id"]
            report.list = await ask("POST", "/mcp/", session, { method: "tools/list" })
            report.stream = await ask("GET", "/mcp", { ...session, "Last-Event-ID": "7" })
            report.end = await ask("DELETE", "/mcp", session)
            const _meta = {
              "io.modelcontextprotocol/protocolVersion": "2026-07-28",
              "io.modelcontextprotocol/clientCapabilities": {}
            }
            const call = {
              method: "tools/call", params: { _meta, name: "shop___look", arguments: { region: "eu" } }
            }
            const modern = {
              ...own, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "shop___look",
              "Mcp-Param-Region": "eu"
            }
            report.call = await ask("POST", "/mcp", modern, call)
            report.limited = await ask("POST", "/mcp", modern, call)
            report.wrongKey = await ask("POST", "/mcp", { Authorization: "Bearer mgw_x_y" }, { method: "ping" })
            report.noKey = await ask("GET", "/portal/v1/me")
            report.portal = await ask("GET", "/portal/v1/me", own)
            report.asked = await ask("POST", "/portal/v1/subscriptions", { ...own, "Content-Type": "application/json" })
            report.metadata = await ask("GET", "/.well-known/oauth-protected-resource/mcp", {
              "MCP-Protocol-Version": "2025-11-25"
            })
            report.nowhere = await ask("GET", "/nowhere", own)
            return report
            """
    }

    private func withShop(
        _ body: (Browser, GatewayProcess, _ key: String) async throws -> Void
    ) async throws {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.wrapped(Self.tools) : FakeLambda.text("done")
        }) { lambda in
            try await Browser.with { browser in
                let agents = """
                    allowed_origins = ["\(browser.origin("127.0.0.1"))"]
                    """
                let jwt = """
                    issuers = [{ url = "https://login.example.com", tenant = "acme" }]
                    audiences = ["gateway"]
                    """
                try await withGateway(
                    settings: ["agents": agents, "auth.jwt": jwt],
                    environment: FakeLambda.credentials
                ) { gateway in
                    let people = Operator(gateway.workspace)
                    let shop = [
                        "target", "add", "shop", "--function", "shop", "--contract", "mcp-wrapper",
                        "--endpoint", lambda,
                    ]
                    _ = try await people.run(shop + ["--approval", "open"])
                    try await people.command("target", "refresh")
                    let key = try await gateway.workspace.issueKey(tenant: "acme").key
                    try await people.command(
                        "limit",
                        "set",
                        "tenant",
                        "acme",
                        "--rate",
                        "1/h",
                        "--burst",
                        "1"
                    )
                    let agent = try await gateway.agent(key: key)
                    try await gateway.awaitTool("shop___look", agent)
                    try await body(browser, gateway, key)
                }
            }
        }
    }

    @Test func `a page of a listed origin calls tools and reads every answer, refusals too`() async throws {
        try await withShop { browser, gateway, key in
            let report = try await browser.open(
                from: "127.0.0.1",
                script: Self.script(gateway, key: key)
            )
            func status(_ name: String) -> Int? { report[name]?["status"]?.intValue }
            func field(_ name: String, _ field: String) -> String? { report[name]?[field]?.stringValue }
            #expect(status("initialize") == 200, "\(report.text)")
            #expect(field("initialize", "mcp-session-id") != nil)
            let listed = report["list"]?["json"]?["result"]?["tools"]?.arrayValue ?? []
            #expect(listed.map { $0["name"]?.stringValue } == ["shop___buy", "shop___look"])
            #expect(status("stream") == 200)
            #expect(report["stream"]?["isStream"]?.boolValue == true)
            #expect(status("end") == 204)
            let said = report["call"]?["json"]?["result"]?["content"]?[0]?["text"]
            #expect(said?.stringValue == "done", "\(report["call"]?.text ?? "")")
            #expect(status("limited") == 429)
            #expect(field("limited", "retry-after") != nil)
            #expect(field("limited", "x-ratelimit-limit") == "1")
            for name in ["wrongKey", "noKey"] {
                #expect(status(name) == 401)
                #expect(field(name, "www-authenticate")?.hasPrefix("Bearer resource_metadata=") == true)
            }
            #expect(status("portal") == 200)
            #expect(report["portal"]?["json"]?["tenant"]?.stringValue == "acme")
            #expect(field("portal", "x-request-id") != nil)
            #expect(status("asked") == 422 || status("asked") == 400)
            #expect(status("metadata") == 200)
            #expect(status("nowhere") == 404)
        }
    }

    @Test func `a page of any other origin gets nothing and calls nothing`()
        async throws
    {
        try await withShop { browser, gateway, key in
            let report = try await browser.open(
                from: "localhost",
                script: Self.script(gateway, key: key)
            )
            let answers = report.objectValue?.members ?? []
            #expect(answers.count == 12, "\(report.text)")
            for (name, answer) in answers.map({ ($0.key, $0.value) }) {
                #expect(answer == ["error": "TypeError"], "\(name): \(answer.text)")
            }
            // A request that a browser sends without a preflight carries no key, and is refused for its origin too.
            let blind = try await browser.open(
                from: "localhost",
                script: """
                    const answer = await fetch("http://127.0.0.1:\(gateway.agentsPort)/mcp", {
                      method: "POST", mode: "no-cors", body: "{}"
                    })
                    return { type: answer.type, status: answer.status, text: await answer.text() }
                    """
            )
            #expect(blind == ["type": "opaque", "status": 0, "text": ""])
            let figures = try await gateway.get("/metrics", port: gateway.adminPort).text
            let calls = figures.split(separator: "\n").filter { $0.hasPrefix("mcp_gateway_calls_total{") }
            #expect(calls.allSatisfy { $0.hasSuffix(" 0") })
            let refused = #"mcp_gateway_requests_total{kind="source",status="403"}"#
            #expect(try await gateway.metric(refused) ?? 0 >= 1)
        }
    }

    @Test func `on the wire every answer allows the origin that is listed, and none allows another`()
        async throws
    {
        let listed = "https://chat.example"
        try await withGateway(settings: ["agents": "allowed_origins = [\"\(listed)\"]"]) { gateway in
            let key = try await gateway.workspace.issueKey().key
            _ = try await gateway.agent(key: key)
            let own = "Authorization: Bearer \(key)\r\n"
            let requests = [
                ("POST /mcp", ""), ("POST /mcp", own), ("GET /mcp", own), ("PUT /mcp", own),
                ("GET /portal/v1/me", ""), ("GET /portal/v1/me", own), ("GET /portal/v1/none", own),
                ("GET /none", ""), ("GET /healthz", ""), ("OPTIONS /mcp", ""),
                ("OPTIONS /mcp", "Access-Control-Request-Method: POST\r\n"),
                ("OPTIONS /portal/v1/me", "Access-Control-Request-Method: GET\r\n"),
            ]
            for (line, fields) in requests {
                for origin in [listed, "https://evil.example", nil] {
                    let client = try RawClient(port: gateway.agentsPort)
                    let source = origin.map { "Origin: \($0)\r\n" } ?? ""
                    client.send(
                        "\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(source)\(fields)Content-Length: 0\r\n\r\n"
                    )
                    let head = await client.read(until: "\r\n\r\n")
                    client.close()
                    let allowed = head.split(separator: "\r\n").filter {
                        $0.lowercased().hasPrefix("access-control-allow-origin:")
                    }
                    let expected = origin == listed ? ["Access-Control-Allow-Origin: \(listed)"] : []
                    #expect(allowed.map { String($0) } == expected, "\(line) \(fields) from \(origin ?? "-")")
                    #expect(head.contains("Vary: Origin") == (origin == listed))
                    #expect(!head.contains("Allow-Credentials"))
                }
            }
            // An answer that the head alone decides, before the body is there, has the fields too.
            for (line, fields, status) in [
                ("POST /mcp", "", 401), ("POST /portal/v1/subscriptions", "", 401),
                ("POST /portal/v1/subscriptions", "Authorization: Bearer mgw_x_y\r\n", 401),
                ("OPTIONS /mcp", "Access-Control-Request-Method: POST\r\n", 204),
            ] {
                let client = try RawClient(port: gateway.agentsPort)
                client.send(
                    "\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: \(listed)\r\n\(fields)"
                        + "Content-Type: application/json\r\nContent-Length: 4\r\n\r\n"
                )
                client.send("null")
                let head = await client.read(until: "\r\n\r\n")
                client.close()
                #expect(head.hasPrefix("HTTP/1.1 \(status)"), "\(line)")
                #expect(head.contains("Access-Control-Allow-Origin: \(listed)\r\n"), "\(line)")
            }
            // The origin is checked before the credential, and after the host.
            let client = try RawClient(port: gateway.agentsPort)
            client.send(
                "OPTIONS /mcp HTTP/1.1\r\nHost: evil.example\r\nOrigin: \(listed)\r\n"
                    + "Access-Control-Request-Method: POST\r\n\r\n"
            )
            let head = await client.read(until: "\r\n\r\n")
            client.close()
            #expect(head.hasPrefix("HTTP/1.1 403"))
            #expect(!head.contains("Access-Control-Allow-Methods"))
        }
    }

    @Test func `a page from the gateway's own address may call`() async throws {
        try await withGateway { gateway in
            let agent = try await gateway.agent()
            for (origin, status) in [
                ("http://127.0.0.1:\(gateway.agentsPort)", 200),
                ("http://127.0.0.1:\(gateway.adminPort)", 403),
                ("https://127.0.0.1:\(gateway.agentsPort)", 403),
                ("http://localhost:\(gateway.agentsPort)", 403),
            ] {
                let client = try RawClient(port: gateway.agentsPort)
                let body = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
                client.send(
                    "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:\(gateway.agentsPort)\r\nOrigin: \(origin)\r\n"
                        + "Authorization: Bearer \(agent.key)\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                #expect(try await client.readResponse().status == status, "\(origin)")
                client.close()
            }
        }
    }
}
