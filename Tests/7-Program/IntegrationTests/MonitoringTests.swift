import Foundation
import JSON
import TestSupport
import Testing

/// The monitoring files in deploy/, checked with Debian's Prometheus and the rules of CloudWatch.
struct MonitoringTests {
    @Test func `each alert fires when it should, and is quiet when it should be`() async throws {
        let folder = "\(Programs.root)/deploy/prometheus"
        let output = try await run(["promtool", "test", "rules", "\(folder)/alerts.test.yaml"])
        #expect(output.status == 0, "\(output.out)\(output.err)")
        let rules = try String(contentsOfFile: "\(folder)/alerts.yaml", encoding: .utf8)
        let tests = try String(contentsOfFile: "\(folder)/alerts.test.yaml", encoding: .utf8)
        let alerts = rules.matches(of: /- alert: (\w+)/).map { $0.1 }
        #expect(alerts.count > 20 && Set(alerts).count == alerts.count)
        for alert in alerts {
            #expect(tests.contains("name: \(alert) fires\n") && tests.contains("name: \(alert) is quiet\n"))
        }
    }

    /// The gateway is busy with everything that the panels show, while Prometheus scrapes it every second.
    @Test(.timeLimit(.minutes(3)))
    func `every panel of the dashboard has data, and every rule is evaluated`() async throws {
        let logged = ["[local]": "log_tail = \"all\"\n[local]"]
        let settings = [
            "metrics": "tenant_label = true", "traces": "endpoint = \"http://127.0.0.1:9\"",
        ]
        try await withGateway(
            local: true,
            targets: [.function("rpc", logged), .function("faults", logged)],
            settings: settings
        ) { gateway in
            let workspace = gateway.workspace
            let agent = try await gateway.agent()
            for tool in ["rpc___add", "faults___echo"] { try await gateway.awaitTool(tool, agent) }
            let small = try await gateway.agent(key: try await workspace.issueKey(tenant: "small").key)
            try await gateway.awaitTool("rpc___add", small)
            try await workspace.command("limit", "set", "tenant", "small", "--quota", "2/day")
            let isDone = Latch()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !isDone.hasHappened {
                        _ = try await agent.call("rpc___add", #"{"a":1,"b":2}"#)
                        _ = try await agent.call("rpc___fail")
                        _ = try await small.call("rpc___add", #"{"a":1,"b":2}"#)
                        _ = try await agent.list()
                        _ = try await Agent(port: agent.port, key: "mgw_00000000_no", era: .modern).list()
                    }
                }
                group.addTask {
                    // The function's process ends, so that the next call starts a new one.
                    while !isDone.hasHappened {
                        _ = try await agent.call("faults___exit_process")
                        _ = try await agent.call("faults___echo")
                    }
                }
                group.addTask {
                    var rate = 10_000
                    while !isDone.hasHappened {
                        rate += 1
                        try await workspace.command("limit", "set", "tenant", "demo", "--rate", "\(rate)/s")
                    }
                }
                let output = try await run([
                    try Programs.python, "\(Programs.root)/Tests/Python/prometheus_live.py", "--admin",
                    "127.0.0.1:\(gateway.adminPort)", "--folder", workspace.folder,
                ])
                isDone.open()
                try await group.waitForAll()
                #expect(output.status == 0, "\(output.out)\(output.err)")
            }
        }
    }

    @Test func `at its end a gateway writes its tools' executions for CloudWatch`() async throws {
        try await withWorkspace(
            targets: [.function("rpc")],
            settings: ["cloudwatch": "metrics = \"stdout\""]
        ) { workspace in
            let gateway = try await GatewayProcess(workspace, local: true)
            let agent = try await gateway.agent()
            try await gateway.awaitTool("rpc___add", agent)
            for _ in 0..<3 { _ = try await agent.call("rpc___add", #"{"a":1,"b":2}"#) }
            _ = try await agent.call("rpc___fail")
            gateway.program.signal(SIGTERM)
            let output = try await gateway.program.end(seconds: 20)
            await gateway.stop()
            let lines = output.out.split(separator: "\n")
            #expect(lines.first?.hasPrefix("ready agents=") == true)
            let published = try await Self.judged(lines.dropFirst().joined(separator: "\n"), workspace)
            #expect(Self.executions(of: "rpc___add", success: "true", published) == 3)
            #expect(Self.executions(of: "rpc___fail", success: "false", published) == 1)
        }
    }

    @Test func `the CloudWatch agent gets the same figures, with the log group`() async throws {
        try await withWorkspace(targets: [.function("rpc")], settings: [:]) { workspace in
            let listener = try Program(
                [
                    try Programs.python, "-c",
                    """
                    import socket, sys
                    door = socket.create_server(("127.0.0.1", 0))
                    print(door.getsockname()[1], flush=True)
                    print(door.accept()[0].makefile().read(), end="", flush=True)
                    """,
                ],
                environment: Programs.environment,
                folder: workspace.folder
            )
            let port = try await listener.wait(for: "its port") { $0.out.contains("\n") }.out.dropLast()
            try workspace.write(
                settings: ["cloudwatch": "metrics = \"tcp://127.0.0.1:\(port)\"\nlog_group = \"our/gateway\""]
            )
            let gateway = try await GatewayProcess(workspace, local: true)
            let agent = try await gateway.agent()
            try await gateway.awaitTool("rpc___add", agent)
            _ = try await agent.call("rpc___add", #"{"a":1,"b":2}"#)
            await gateway.stop()
            let got = try await listener.end(seconds: 20).out.split(separator: "\n").dropFirst()
            await listener.stop()
            #expect(got.allSatisfy { $0.contains(#""LogGroupName":"our/gateway""#) })
            let published = try await Self.judged(got.joined(separator: "\n"), workspace)
            #expect(Self.executions(of: "rpc___add", success: "true", published) == 1)
        }
    }

    /// The metrics that CloudWatch would publish for these lines, by Tests/Python/embedded_metrics.py.
    private static func judged(_ lines: String, _ workspace: Workspace) async throws -> [JSONValue] {
        let file = "\(workspace.folder)/metrics.lines"
        try lines.write(toFile: file, atomically: true, encoding: .utf8)
        let judge = "\(Programs.root)/Tests/Python/embedded_metrics.py"
        let output = try await run([try Programs.python, judge, file])
        try #require(output.status == 0, "\(output.out)\(output.err)")
        return try JSONValue(parsing: output.out).arrayValue ?? []
    }

    private static func executions(of tool: String, success: String, _ published: [JSONValue]) -> Int {
        let wanted: JSONValue = ["ToolName": .string(tool), "Success": .string(success)]
        return published.filter { $0["dimensions"] == wanted }.reduce(0) {
            $0 + ($1["values"]?[0]?.intValue ?? 0)
        }
    }
}
