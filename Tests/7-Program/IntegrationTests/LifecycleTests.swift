import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// Signals, restarts and crashes.
struct LifecycleTests {
    @Test(arguments: Agent.Era.allCases)
    func `SIGTERM lets a call finish, turns new work away and ends with status 0`(_ era: Agent.Era)
        async throws
    {
        let (began, release) = (Latch(), Latch())
        try await FakeLambda.with({ call in
            if call.isList { return FakeLambda.tools(["hold"]) }
            began.open()
            await release.wait()
            return FakeLambda.text("finished")
        }) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                try await gateway.addOpenTarget("slow", at: url)
                let agent = try await gateway.agent(era)
                try await gateway.awaitTool("slow___hold", agent)
                let call = try agent.beginCall("slow___hold")
                #expect(await began.wait())
                #expect(try await gateway.get("/readyz", port: gateway.adminPort).status == 200)
                gateway.program.signal(SIGTERM)
                try await eventually("/readyz is 503", seconds: 10) {
                    try await gateway.get("/readyz", port: gateway.adminPort).status == 503
                }
                let reason = try await gateway.get("/readyz", port: gateway.adminPort).text
                #expect(reason == "draining: it finishes what is under way, and takes no new work\n")
                #expect(try await gateway.get("/healthz", port: gateway.adminPort).status == 200)
                try await eventually("no connection is accepted", seconds: 10) {
                    guard let late = try? RawClient(port: gateway.agentsPort) else { return true }
                    late.close()
                    return false
                }
                release.open()
                #expect(try await Agent.answer(on: call).text == "finished")
                #expect(try await gateway.program.end(seconds: 20).status == 0)
            }
        }
    }

    @Test func `SIGHUP adds the targets of new folders and drops those of removed ones`() async throws {
        try await withGateway(local: true, targets: [.function("pages")]) { gateway in
            let agent = try await gateway.agent()
            try await gateway.awaitTool("pages___tool_00", agent)
            try gateway.workspace.add(.function("rpc"))
            gateway.program.signal(SIGHUP)
            try await gateway.awaitTool("rpc___add", agent)
            #expect(try await agent.call("rpc___add", #"{"a":1,"b":2}"#).structured?["sum"]?.intValue == 3)
            try FileManager.default.removeItem(atPath: "\(gateway.workspace.folder)/targets/pages")
            gateway.program.signal(SIGHUP)
            try await eventually("the tools are gone") {
                try await !agent.toolNames().contains { $0.hasPrefix("pages___") }
            }
            #expect(try await agent.toolNames().contains("rpc___add"))
        }
    }

    @Test func `a faulty target file doesn't affect the others, and the log names file and line`()
        async throws
    {
        try await withGateway(local: true, targets: [.function("pages")]) { gateway in
            let agent = try await gateway.agent()
            try await gateway.awaitTool("pages___tool_00", agent)
            try gateway.workspace.addTargetFile(
                "broken",
                "[target]\nfunction = \"f\"\ncontract = \"smoke-signals\"\n"
            )
            try gateway.workspace.add(.function("rpc"))
            gateway.program.signal(SIGHUP)
            try await gateway.program.wait(for: "the fault") { $0.err.contains("broken/target.toml:3") }
            #expect(gateway.log.contains("contract"))
            #expect(try await agent.call("pages___tool_00").text == "tool_00")
            try await gateway.awaitTool("rpc___add", agent)
        }
    }

    @Test func `TLS is served, and after SIGHUP new connections get a renewed certificate`() async throws {
        let certificates = try TestCertificates.shared()
        try await withWorkspace { workspace in
            let folder = workspace.folder
            func install(_ pair: TestCertificates.Pair) throws {
                for (source, name) in [(pair.certificateFile, "cert.pem"), (pair.keyFile, "key.pem")] {
                    let bytes = try Data(contentsOf: URL(filePath: source))
                    try bytes.write(to: URL(filePath: "\(folder)/\(name)"), options: .atomic)
                }
            }
            try install(certificates.server)
            try workspace.write(settings: ["tls": "certificate = \"cert.pem\"\nkey = \"key.pem\""])
            try await workspace.run { gateway in
                #expect(gateway.agentsURL.hasPrefix("https://"))
                let key = try await workspace.issueKey().key
                func status() async throws -> String {
                    let output = try await run(
                        [
                            "curl", "-s", "-v", "--cacert", certificates.caFile, "-o", "/dev/null", "-w",
                            "%{http_code}",
                            "-H", "Authorization: Bearer \(key)", "-H", "Content-Type: application/json",
                            "-H", "Accept: application/json", "-d",
                            #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
                            gateway.agentsURL,
                        ]
                    )
                    #expect(output.status == 0, "\(output.err)")
                    return output.out
                }
                func subject() async throws -> String {
                    let address = "127.0.0.1:\(gateway.agentsPort)"
                    let shell =
                        "openssl s_client -connect \(address) </dev/null 2>/dev/null | openssl x509 -noout -serial"
                    return try await run(["sh", "-c", shell]).out
                }
                try await eventually("the key is known") { try await status() == "200" }
                let first = try await subject()
                #expect(first.hasPrefix("serial="))
                try install(certificates.chained)
                gateway.program.signal(SIGHUP)
                try await eventually("the certificate is new") { try await subject() != first }
                #expect(try await status() == "200")
                let second = try await subject()
                try "not a certificate".write(toFile: "\(folder)/cert.pem", atomically: true, encoding: .utf8)
                gateway.program.signal(SIGHUP)
                try await gateway.program.wait(for: "the refusal") {
                    $0.err.contains("certificate in force is kept")
                }
                #expect(try await subject() == second)
                let plain = try await run([
                    "curl", "-s", "-w", " %{http_code}", "http://127.0.0.1:\(gateway.agentsPort)/healthz",
                ])
                #expect(plain.out.contains("a port that speaks HTTPS") && plain.out.hasSuffix(" 400"))
            }
        }
    }

    @Test func `a legacy session survives a restart, and only for the key that began it`() async throws {
        try await withWorkspace { workspace in
            let (mine, other) = (try await workspace.issueKey().key, try await workspace.issueKey().key)
            let session = try await workspace.run { gateway in
                try #require(try await gateway.agent(.legacy, key: mine).session)
            }
            try await workspace.run { (gateway: GatewayProcess) async throws -> Void in
                var agent = Agent(port: gateway.agentsPort, key: mine, era: .legacy)
                agent.session = session
                #expect(try await agent.list().status == 200)
                var thief = Agent(port: gateway.agentsPort, key: other, era: .legacy)
                thief.session = session
                #expect(try await thief.list().status == 404)
                agent.session = String(session.dropLast()) + (session.hasSuffix("A") ? "B" : "A")
                #expect(try await agent.list().status == 404)
            }
        }
    }

    @Test func `gateways and commands that are killed at any moment lose nothing that was committed`()
        async throws
    {
        try await withWorkspace { workspace in
            var committed: [String] = []
            for round in 0..<4 {
                try await workspace.run { gateway in
                    // The command that runs at the moment of the kill may or may not have taken effect.
                    async let killed: Void = {
                        try await gateway.program.wait(for: "a few commits") { _ in true }
                        for _ in 0..<round { _ = try await gateway.get("/metrics", port: gateway.adminPort) }
                        gateway.program.signal(SIGKILL)
                    }()
                    for index in 0..<4 {
                        let name = "t-\(round)-\(index)"
                        if try await workspace.run(["tenant", "create", name, "--config", workspace.config])
                            .status == 0
                        {
                            committed.append(name)
                        }
                    }
                    try await killed
                    #expect(try await gateway.program.end().status == 128 + SIGKILL)
                }
                // The command is killed while it writes.
                let name = "k-\(round)"
                let command = try Program(
                    [try Programs.gateway, "tenant", "create", name, "--config", workspace.config],
                    environment: workspace.environment,
                    folder: workspace.folder
                )
                for _ in 0..<round * 500 { sched_yield() }
                command.signal(SIGKILL)
                if try await command.end().status == 0 { committed.append(name) }
                await command.stop()
            }
            try await workspace.run { gateway in
                let listed = try await workspace.json("tenant", "list")
                let names = Set((listed["tenants"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
                #expect(names.isSuperset(of: committed))
                #expect(committed.count == 16 || committed.count > 16)
                let doctor = try await workspace.json("doctor")
                let findings = doctor["findings"]?.arrayValue ?? []
                let store = findings.filter { $0["check"]?.stringValue == "store" }
                #expect(store.map { $0["status"]?.stringValue } == ["ok"], "\(doctor.text)")
                _ = try await gateway.agent()
            }
        }
    }

    @Test func `no process of a function outlives its gateway, however the gateway ends`() async throws {
        try await withWorkspace(targets: [.function("faults")]) { workspace in
            for signal in [SIGTERM, SIGKILL] {
                let pid = try await workspace.run(local: true) { gateway in
                    let agent = try await gateway.agent()
                    try await gateway.awaitTool("faults___process", agent)
                    let pid = try await agent.call("faults___process").structured?["pid"]?.intValue
                    gateway.program.signal(signal)
                    _ = try await gateway.program.end(seconds: 20)
                    return try #require(pid)
                }
                try await eventually("the function's process is gone", seconds: 10) {
                    !isAlive(pid)
                }
            }
        }
    }
}
