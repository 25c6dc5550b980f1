import Bytes
import EventLoop
import Foundation
import HTTP
import HTTPServer
import JSON
import Synchronization
import TestSupport
import Testing

/// The program with roles of targets and tenants: with stand-ins for STS, and for a Lambda that sees who signs.
struct RoleTests {
    /// A stand-in for STS. The key pair's id is made from the role and from who takes it, so a call shows its whole
    /// chain.
    private final class TokenService: Sendable {
        struct Question: Sendable {
            let form: [String: String]
            let signer: String
        }

        let questions = Locked<[Question]>([])
        /// [role] → the answer that replaces credentials.
        let refusals = Locked<[String: (Int, String)]>([:])

        func handle(_ exchange: Exchange) async {
            let request = exchange.request
            let body = request.bytes.span.text(request.body)
            var form: [String: String] = [:]
            for part in body.split(separator: "&") {
                let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                form[String(halves[0])] = halves.count > 1 ? String(halves[1]).removingPercentEncoding : ""
            }
            let signer = Self.signer(of: request.header("authorization"))
            let taken = Question(form: form, signer: signer)
            questions.withLock { $0.append(taken) }
            let role = form["RoleArn"]?.split(separator: "/").last.map { String($0) } ?? ""
            if let (status, text) = refusals.withLock({ $0[role] }) {
                return exchange.respond(Response(status: status, contentType: .json, body: ByteBuffer(text)))
            }
            let id = "\(signer)X\(role)X\(form["Tags.member.1.Value"] ?? "")"
            let answer = """
                <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>\(id)</AccessKeyId>
                <SecretAccessKey>s3cr3t-of-a-role</SecretAccessKey><SessionToken>t0ken-of-a-role</SessionToken>
                <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
                """
            exchange.respond(Response(status: 200, contentType: .json, body: ByteBuffer(answer)))
        }

        static func signer(of field: String?) -> String {
            let id = (field ?? "").split(separator: "Credential=").last?.split(separator: "/").first
            return id.map { String($0) } ?? "none"
        }
    }

    private static let account = "arn:aws:iam::123456789012:role"

    /// Runs `body` in a workspace with stand-ins for STS and Lambda; a function answers who signed its call.
    private func with(_ body: (Workspace, TokenService) async throws -> Void) async throws {
        let sts = TokenService()
        let answer: @Sendable (FakeLambda.Call) async -> String = { call in
            if call.isList { return FakeLambda.tools(["who"]) }
            let request = call.exchange.request
            let parts = [
                TokenService.signer(of: request.header("authorization")),
                request.header("x-amz-tenant-id") ?? "-", request.header("x-amz-client-context") ?? "-",
            ]
            return FakeLambda.text(parts.joined(separator: " "))
        }
        try await withServer(handler: { await sts.handle($0) }) { port, _ in
            try await FakeLambda.with(answer) { url in
                let environment = FakeLambda.credentials.merging([
                    "AWS_ENDPOINT_URL_LAMBDA": url, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(port)",
                ]) { $1 }
                try await withWorkspace(settings: ["refresh": "on_start = false"], environment: environment) {
                    workspace in try await body(workspace, sts)
                }
            }
        }
    }

    private func add(_ workspace: Workspace, _ target: String, _ more: String...) async throws {
        let words =
            [
                "target", "add", target, "--function", "\(target)-fn", "--contract", "mcp-wrapper",
                "--approval", "open",
            ] + more
        let output = try await workspace.run(words + ["--config", workspace.config])
        #expect(output.status == 0, "\(output.err)")
        try await workspace.command("target", "refresh", target)
    }

    /// Checks the requests to STS for the calls of two tenants to a target with a role and one without.
    private func checkQuestions(_ questions: [TokenService.Question]) throws {
        let acme = try #require(questions.first { $0.form["RoleArn"]?.hasSuffix("/acme") == true })
        #expect(
            acme.form["ExternalId"] == "e-acme" && acme.form["RoleSessionName"] == "mcp-gateway-acme"
        )
        #expect(
            acme.form["Tags.member.1.Key"] == "TenantId" && acme.form["Tags.member.1.Value"] == "acme"
        )
        #expect(
            acme.form["TransitiveTagKeys.member.1"] == "TenantId"
                && acme.form["DurationSeconds"] == nil
        )
        let policy = acme.form["Policy"] ?? ""
        for name in ["plain-fn", "shop-fn"] {
            #expect(
                policy.contains("\"arn:aws:lambda:eu-west-1:123456789012:function:\(name)\""),
                "\(policy)"
            )
        }
        let shop = try #require(questions.first { $0.form["RoleArn"]?.hasSuffix("/shop") == true })
        #expect(shop.form["RoleSessionName"] == "the-shop" && shop.form["Policy"] == nil)
        #expect(shop.form["Tags.member.1.Key"] == nil)
        // However many loops and calls there are: the target's role, and each tenant's alone and behind the target's.
        #expect(questions.count == 5, "\(questions.map { $0.form["RoleArn"] ?? "" })")
    }

    @Test func `each call is made with its target's role and its tenant's, and never with another's`()
        async throws
    {
        try await with { workspace, sts in
            for name in ["acme", "zeta"] {
                try await workspace.command(
                    "tenant",
                    "create",
                    name,
                    "--role-arn",
                    "\(Self.account)/\(name)",
                    "--external-id",
                    "e-\(name)"
                )
            }
            try await workspace.run { gateway in
                try await add(workspace, "plain")
                try await add(
                    workspace,
                    "shop",
                    "--role-arn",
                    "\(Self.account)/shop",
                    "--session-name",
                    "the-shop"
                )
                var agents: [String: Agent] = [:]
                for name in ["acme", "zeta", "demo"] {
                    agents[name] = try await gateway.agent(key: workspace.issueKey(tenant: name).key)
                }
                let own = "AKIDEXAMPLE"
                let expected = [
                    "acme plain": "\(own)XacmeXacme", "acme shop": "\(own)XshopXXacmeXacme",
                    "zeta plain": "\(own)XzetaXzeta", "zeta shop": "\(own)XshopXXzetaXzeta",
                    "demo plain": own, "demo shop": "\(own)XshopX",
                ]
                let agent = try #require(agents["demo"])
                try await gateway.awaitTool("shop___who", agent)
                let all = agents
                try await withThrowingTaskGroup(of: (String, String?).self) { group in
                    for round in 0..<8 {
                        for (tenant, agent) in all {
                            let target = round.isMultiple(of: 2) ? "plain" : "shop"
                            group.addTask {
                                ("\(tenant) \(target)", try await agent.call("\(target)___who").text)
                            }
                        }
                    }
                    for try await (way, text) in group {
                        #expect(text == "\(expected[way] ?? "") - -", "\(way)")
                    }
                }
                try checkQuestions(sts.questions.withLock { $0 })
                for secret in ["s3cr3t", "t0ken"] { #expect(!gateway.log.contains(secret)) }
            }
        }
    }

    @Test func `a tenant whose role is refused fails alone, and everybody who should know can read why`()
        async throws
    {
        try await with { workspace, sts in
            let refusal = """
                <ErrorResponse><Error><Code>AccessDenied</Code><Message>User is not authorized to perform: sts:TagSession\
                </Message></Error></ErrorResponse>
                """
            sts.refusals.withLock { $0["bad"] = (403, refusal) }
            try await workspace.command("tenant", "create", "bad", "--role-arn", "\(Self.account)/bad")
            try await workspace.command("tenant", "create", "good", "--role-arn", "\(Self.account)/good")
            try await workspace.run { gateway in
                try await add(workspace, "shop")
                let bad = try await gateway.agent(key: workspace.issueKey(tenant: "bad").key)
                let good = try await gateway.agent(key: workspace.issueKey(tenant: "good").key)
                try await gateway.awaitTool("shop___who", good)
                for _ in 0..<3 {
                    let refused = try await bad.call("shop___who")
                    #expect(refused.failureCode == "misconfigured" && refused.isError == true)
                    #expect(refused.text?.contains("AWS refuses the role") == true, "\(refused.text ?? "")")
                    #expect(refused.text?.contains("arn:aws") == false)
                    #expect(
                        try await good.call("shop___who").text?.hasPrefix("AKIDEXAMPLEXgoodXgood") == true
                    )
                }
                try await eventually("the log says it") {
                    gateway.log.contains("sts:AssumeRole and sts:TagSession on the role")
                }
                let status = try await workspace.json("status")
                let item = try #require(
                    status["attention"]?.arrayValue?.first { $0["kind"] == "role_failing" }
                )
                #expect(item["subject"] == "tenant bad" && item["severity"] == "problem")
                #expect(item["message"]?.stringValue?.contains("sts:TagSession") == true)
                // The open status page names no tenants.
                let open = try await gateway.get("/status", port: gateway.adminPort).text
                #expect(!open.contains("tenant bad"))
                // The new role is used from the next call on.
                try await workspace.command("tenant", "update", "bad", "--role-arn", "\(Self.account)/mended")
                let mended = try await bad.call("shop___who")
                #expect(mended.text?.hasPrefix("AKIDEXAMPLEXmendedXbad") == true, "\(mended.response.text)")
                let after = try await workspace.json("status")
                #expect(after["attention"]?.arrayValue?.contains { $0["kind"] == "role_failing" } == false)
                let doctor = try await workspace.json("doctor")["findings"]?.arrayValue ?? []
                #expect(doctor.first { $0["check"] == "credentials" }?["message"] == "from environment")
                let others =
                    doctor.first { $0["check"] == "other credentials" }?["message"]?.stringValue ?? ""
                #expect(others.contains("web identity, ") && others.contains(": not asked"), "\(others)")
            }
        }
    }

    @Test func `a role is narrowed to what its tenant may call now, and a chain that loops is refused`()
        async throws
    {
        try await with { workspace, sts in
            try await workspace.command("tenant", "create", "acme", "--role-arn", "\(Self.account)/acme")
            try await workspace.run { gateway in
                try await add(workspace, "one")
                try await add(workspace, "two")
                try await add(workspace, "loop", "--role-arn", "\(Self.account)/acme")
                let agent = try await gateway.agent(key: workspace.issueKey(tenant: "acme").key)
                try await gateway.awaitTool("two___who", agent)
                try await workspace.command("permission", "allow", "acme", "one___*")
                #expect(try await agent.call("one___who").isError != true)
                func policies() -> [String] { sts.questions.withLock { $0 }.compactMap { $0.form["Policy"] } }
                #expect(
                    policies().last?.contains("one-fn") == true
                        && policies().last?.contains("two-fn") == false
                )
                try await workspace.command("permission", "allow", "acme", "two___*")
                #expect(try await agent.call("two___who").isError != true)
                #expect(
                    policies().last?.contains("one-fn") == true && policies().last?.contains("two-fn") == true
                )
                try await workspace.command("tenant", "update", "acme", "--session-policy", "none")
                let count = policies().count
                #expect(try await agent.call("two___who").isError != true)
                #expect(policies().count == count)
                try await workspace.command("permission", "allow", "acme", "loop___*")
                let looping = try await agent.call("loop___who")
                #expect(looping.failureCode == "misconfigured")
                try await eventually("the log says it") {
                    gateway.log.contains("the chain of roles loops: target loop and tenant acme")
                }
            }
        }
    }

    @Test
    func `a session policy that is too long is refused where it is set, and at calls when it has grown`()
        async throws
    {
        try await with { workspace, sts in
            try await workspace.run { gateway in
                try await workspace.command("tenant", "create", "acme")
                let words = (0..<30).flatMap {
                    ["--tool", "tool\($0)=a-function-with-a-long-name-number-\($0)"]
                }
                let output = try await workspace.run(
                    ["target", "add", "many", "--contract", "function", "--approval", "open"] + words
                        + ["--config", workspace.config]
                )
                #expect(output.status == 0, "\(output.err)")
                try await workspace.command("target", "refresh", "many")
                let agent = try await gateway.agent(key: workspace.issueKey(tenant: "acme").key)
                try await gateway.awaitTool("many___tool7", agent)
                let role = [
                    "tenant", "update", "acme", "--role-arn", "\(Self.account)/acme", "--config",
                    workspace.config,
                ]
                let refused = try await workspace.run(role)
                #expect(
                    refused.status != 0 && refused.err.contains("STS takes 2048 at most"),
                    "\(refused.err)"
                )
                #expect(refused.err.contains("--session-policy none"))
                #expect(try await workspace.json("tenant", "show", "acme")["roleArn"] == .null)
                // With few functions it is short enough; later permissions aren't known when the role is set.
                try await workspace.command("permission", "allow", "acme", "many___tool7")
                #expect(try await workspace.run(role).status == 0)
                #expect(try await agent.call("many___tool7").isError != true)
                try await workspace.command("permission", "allow", "acme", "many___*")
                let grown = try await agent.call("many___tool7")
                #expect(grown.failureCode == "misconfigured")
                try await eventually("the log says it") { gateway.log.contains("--session-policy none") }
                let status = try await workspace.json("status")
                let item = status["attention"]?.arrayValue?.first { $0["kind"] == "role_failing" }
                #expect(item?["subject"] == "tenant acme")
            }
        }
    }

    @Test func `functions in tenant isolation get their tenant's id, and a tenant without one is refused`()
        async throws
    {
        try await with { workspace, _ in
            try await workspace.command("tenant", "create", "blue", "--lambda-tenant-id", "blue/1")
            let same = try await workspace.run([
                "tenant", "create", "green", "--lambda-tenant-id", "blue/1", "--config", workspace.config,
            ])
            #expect(
                same.status == 1 && same.err.contains("tenant blue has the Lambda tenant id"),
                "\(same.err)"
            )
            let own = try await workspace.run([
                "tenant", "create", "green", "--lambda-tenant-id", "mcp-gateway", "--config",
                workspace.config,
            ])
            #expect(own.status != 0 && own.err.contains("the gateway's own tenant id"))
            try await workspace.run { gateway in
                try await add(
                    workspace,
                    "apart",
                    "--tenant-isolation",
                    "true",
                    "--caller-identity",
                    "client-context"
                )
                try await add(workspace, "shared")
                let blue = try await gateway.agent(key: workspace.issueKey(tenant: "blue").key)
                let (key, prefix) = try await workspace.issueKey(tenant: "none")
                let none = try await gateway.agent(key: key)
                try await gateway.awaitTool("apart___who", none)
                try await gateway.awaitTool("shared___who", none)
                let parts = try await blue.call("apart___who").text?.split(separator: " ") ?? []
                #expect(parts.prefix(2) == ["AKIDEXAMPLE", "blue/1"])
                let context = try JSONValue(
                    parsing: String(
                        decoding: Data(base64Encoded: String(parts.last ?? "")) ?? Data(),
                        as: UTF8.self
                    )
                )
                #expect(context["custom"]?["mcpGatewayTenant"] == "blue")
                #expect(
                    context["custom"]?["mcpGatewayDeadlineMs"]?.stringValue.flatMap { Int64($0) } ?? 0
                        > 1_700_000_000_000
                )
                #expect(context["custom"]?["mcpGatewayRequestId"]?.stringValue?.utf8.count == 36)
                #expect(!context.text.contains(blue.key))
                #expect(try await blue.call("shared___who").text == "AKIDEXAMPLE - -")
                let refused = try await none.call("apart___who")
                #expect(refused.failureCode == "misconfigured")
                try await eventually("the log says it") {
                    gateway.log.contains("tenant none has no id for it")
                }
                #expect(try await none.call("shared___who").text == "AKIDEXAMPLE - -")
                try await workspace.command("tenant", "update", "none", "--lambda-tenant-id", "of none")
                let told = try await none.call("apart___who").text ?? ""
                #expect(told.hasPrefix("AKIDEXAMPLE of none "), "\(told)")
                let again = try JSONValue(
                    parsing: String(
                        decoding: Data(base64Encoded: String(told.split(separator: " ").last ?? ""))
                            ?? Data(),
                        as: UTF8.self
                    )
                )
                #expect(again["custom"]?["mcpGatewayKeyPrefix"]?.stringValue == prefix)
            }
        }
    }

    @Test func `Lambda's errors about tenant isolation are shown with the setting to change`() async throws {
        let refusal = { (text: String) -> String in
            #"{"Type":"User","message":"The invoked function is \#(text) in your request and try again."}"#
        }
        let texts = [
            "shop-fn": refusal("not enabled with tenancy configuration. Remove the tenant ID"),
            "apart-fn": refusal("enabled with tenancy configuration. Add a valid tenant ID"),
        ]
        try await withServer(handler: { exchange in
            let name = exchange.request.path.split(separator: "/").dropFirst(2).first.map { String($0) } ?? ""
            let fields = [ResponseField("x-amzn-ErrorType", "InvalidParameterValueException")]
            exchange.respond(
                Response(
                    status: 400,
                    contentType: .json,
                    fields: fields,
                    body: ByteBuffer(texts[name] ?? "{}")
                )
            )
        }) { port, _ in
            let environment = FakeLambda.credentials.merging([
                "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:\(port)"
            ]) { $1 }
            try await withWorkspace(settings: ["refresh": "on_start = false"], environment: environment) {
                workspace in
                for (name, hint) in [
                    ("shop", "switch tenant_isolation of the target off"), ("apart", "target on"),
                ] {
                    let added = try await workspace.run([
                        "target", "add", name, "--function", "\(name)-fn", "--contract", "mcp-wrapper",
                        "--config",
                        workspace.config,
                    ])
                    let refreshed = try await workspace.json("target", "refresh", name)
                    let text = refreshed.text + added.err
                    #expect(text.contains(hint) && text.contains("tenancy configuration"), "\(text)")
                }
            }
        }
    }
}
