import Foundation
import JSON
import Store
import TestSupport
import Testing

/// The admin API of a running gateway, checked against its own description by a third party's tool.
struct AdminAPITests {
    /// Makes an operator's token as `admin-token issue` does.
    private func issueToken(_ workspace: Workspace, role: AdminRole = .operator) throws -> String {
        let store = try Store::Store.open(path: workspace.store)
        defer { store.close() }
        let issued = try store.writeBlocking(as: .cli(user: "test")) { writing throws(StoreError) in
            try writing.issueAdminToken(name: "ci-\(role.rawValue)", role: role)
        }
        return issued.token.text
    }

    private struct Answer {
        let status: Int
        let text: String
        let json: JSONValue?
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: String = "",
        token: String?,
        fields: String = "",
        to gateway: GatewayProcess
    ) async throws -> Answer {
        let client = try RawClient(port: gateway.adminPort)
        defer { client.close() }
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let content =
            body.isEmpty ? "" : "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        client.send(
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(authorization)\(fields)\(content)\r\n\(body)"
        )
        let response = try await client.readResponse(toHead: method == "HEAD")
        let json = try? JSONValue(parsing: String(decoding: response.body, as: UTF8.self))
        return Answer(status: response.status, text: response.head + "\r\n" + response.text, json: json)
    }

    @Test
    func `schemathesis finds no answer that the description lacks, and no failure of the gateway`()
        async throws
    {
        try await FakeLambda.with({ _ in FakeLambda.tools(["look"]) }) { url in
            try await withGateway(
                settings: ["limits": "failure_rate = 1000000\nfailure_burst = 1000000"],
                environment: FakeLambda.credentials
            ) { gateway in
                let workspace = gateway.workspace
                let token = try issueToken(workspace)
                try await workspace.addShop(at: url, approval: nil)
                try await workspace.command("target", "refresh")
                _ = try await workspace.issueKey()
                let tester = try Program(
                    [
                        try Programs.python, "-m", "schemathesis.cli", "run",
                        "\(gateway.adminURL)/admin/v1/openapi.json",
                        "--header", "Authorization: Bearer \(token)", "--checks", "all",
                        // The store has stricter rules for names and patterns than any schema. For a path that takes a
                        // name, the tool guesses the id, and so gets a 404 for a resource that it believes to exist.
                        "--exclude-checks", "positive_data_acceptance,ensure_resource_availability",
                        "--phases", "coverage,fuzzing,stateful",
                        "--max-examples", "20", "--seed", "1", "--generation-database", "none", "--no-color",
                        "--workers", "1",
                    ],
                    environment: workspace.environment,
                    folder: workspace.folder
                )
                let output = try await tester.end(seconds: 300)
                await tester.stop()
                #expect(output.status == 0, "\(output.out.suffix(6_000))\(output.err.suffix(2_000))")
                #expect(!gateway.log.contains("the admin API failed"))
                let verified = try await send("GET", "/admin/v1/audit/verify", token: token, to: gateway)
                #expect(verified.json?["ok"] == true, "\(verified.text)")
            }
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        var path = "/admin/v1/tenants"
        var fields = ""
        let status: Int

        var testDescription: String { name }
    }

    @Test(arguments: [
        Refusal(name: "no token", status: 401),
        Refusal(name: "an unknown token", fields: "Authorization: Bearer mgwa_00000000_x\r\n", status: 401),
        Refusal(name: "another scheme", fields: "Authorization: Basic eDp5\r\n", status: 401),
        Refusal(name: "an agent's key", fields: "Authorization: Bearer mgw_00000000_x\r\n", status: 401),
        Refusal(
            name: "two credentials",
            fields: "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
            status: 401
        ),
        Refusal(name: "an unknown path without a token", path: "/admin/v1/nothing", status: 401),
        Refusal(name: "another site's page", fields: "Origin: https://evil.example\r\n", status: 403),
        Refusal(name: "the description", path: "/admin/v1/openapi.json", status: 200),
        Refusal(name: "no API", path: "/admin/v2/tenants", status: 404),
    ])
    func `without a valid token only the description is shown`(_ row: Refusal) async throws {
        try await withGateway { gateway in
            let answer = try await send("GET", row.path, token: nil, fields: row.fields, to: gateway)
            #expect(answer.status == row.status, "\(answer.text)")
            if row.status == 401 {
                #expect(answer.text.contains("WWW-Authenticate: Bearer"))
                #expect(answer.text.contains("Content-Type: application/problem+json"))
                #expect(answer.text.contains("Cache-Control: no-store"))
            }
        }
    }

    @Test func `a token works at once, by its role, until it is revoked; a flood of wrong ones is bounded`()
        async throws
    {
        try await withGateway(settings: ["limits": "failure_rate = 1\nfailure_burst = 5"]) { gateway in
            let workspace = gateway.workspace
            let (token, viewer) = (try issueToken(workspace), try issueToken(workspace, role: .viewer))
            let made = try await send(
                "POST",
                "/admin/v1/tenants",
                #"{"name":"acme"}"#,
                token: token,
                fields: "X-Request-Id: change-7\r\n",
                to: gateway
            )
            #expect(made.status == 201)
            #expect(made.text.contains("X-Request-Id: change-7"))
            #expect(made.text.contains("ETag: \"1\""))
            let events = try await send("GET", "/admin/v1/audit?action=tenant.", token: viewer, to: gateway)
            #expect(events.json?["events"]?[0]?["requestId"] == "change-7")
            #expect(events.json?["events"]?[0]?["actor"] == "admin:ci-operator")
            let refused = try await send("DELETE", "/admin/v1/tenants/acme", token: viewer, to: gateway)
            #expect(refused.status == 403)
            let head = try await send("HEAD", "/admin/v1/tenants/acme", token: viewer, to: gateway)
            #expect(head.status == 200)
            let store = try Store::Store.open(path: workspace.store)
            defer { store.close() }
            try store.writeBlocking(as: .cli(user: "test")) { writing throws(StoreError) in
                _ = try writing.revokeAdminToken("ci-viewer")
            }
            var statuses: [Int] = []
            for _ in 0..<8 {
                statuses.append(try await send("GET", "/admin/v1/tenants", token: viewer, to: gateway).status)
            }
            #expect(statuses.prefix(5).allSatisfy { $0 == 401 }, "\(statuses)")
            #expect(statuses.contains(429), "\(statuses)")
        }
    }
}
