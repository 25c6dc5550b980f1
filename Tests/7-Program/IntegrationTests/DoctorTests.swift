import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// What `doctor` says of healthy and faulty installations with a running server.
struct DoctorTests {
    private func findings(_ workspace: Workspace, _ words: String...) async throws -> [JSONValue] {
        let output = try await workspace.run(["doctor", "-o", "json", "--config", workspace.config] + words)
        return try JSONValue(parsing: output.out)["findings"]?.arrayValue ?? []
    }

    private func texts(_ value: JSONValue?) -> [String] {
        (value?.arrayValue ?? []).compactMap { $0.stringValue }
    }

    private func finding(_ findings: [JSONValue], _ check: String) -> JSONValue? {
        findings.first { $0["check"]?.stringValue == check }
    }

    /// What a server in AWS has, with a Lambda of the test's.
    private static func environment(_ lambda: String) -> [String: String] {
        FakeLambda.credentials.merging([
            "AWS_ENDPOINT_URL_LAMBDA": lambda, "AWS_REGION": "eu-central-1",
        ]) { $1 }
    }

    /// The set-up of README's "Develop locally". The command knows nothing of AWS, and isn't told where functions run.
    @Test func `nothing is wrong on a healthy machine where functions run locally`() async throws {
        try await withGateway(local: true, targets: [.function("rpc"), .time]) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            _ = try await workspace.issueKey()
            for name in ["rpc", "time"] {
                try await workspace.command("target", "refresh", name)
                try await workspace.command("target", "test", name)
            }
            let output = try await workspace.run(["doctor", "--config", workspace.config])
            #expect(output.status == 0 && output.err.isEmpty, "\(output.err)")
            let lines = output.out.split(separator: "\n")
            #expect(lines.allSatisfy { $0.hasPrefix("ok ") }, "\(output.out)")
            #expect(output.out.contains("functions of target files run here"))
            #expect(output.out.contains("target rpc: runs on this machine, 4 tools"))
            #expect(!output.out.contains("credentials"))
            await gateway.stop()
            // No server runs them now, which isn't a fault.
            let alone = try await workspace.run(["doctor", "--config", workspace.config])
            #expect(alone.status == 0 && !alone.out.contains("warning"), "\(alone.out)")
            #expect(alone.out.contains("`mcp-gateway serve --local` runs it here"))
        }
    }

    @Test func `a server in AWS is asked with its own credentials and region, which the command lacks`()
        async throws
    {
        try await FakeLambda.with({ _ in FakeLambda.tools(["add"]) }) { url in
            let aws = Self.environment(url)
            try await withGateway(environment: aws) { (gateway: GatewayProcess) async throws -> Void in
                var command = gateway.workspace
                for name in aws.keys { command.environment[name] = nil }
                try await command.command(
                    "target",
                    "add",
                    "sums",
                    "--function",
                    "sums",
                    "--contract",
                    "mcp-wrapper"
                )
                let tested = try await command.json("target", "test", "sums")
                #expect(tested["ok"] == true && texts(tested["tools"]) == ["add"], "\(tested.text)")
                let refreshed = try await command.json("target", "refresh", "sums")
                #expect(refreshed["targets"]?[0]?["error"] == .null, "\(refreshed.text)")
                let found = try await findings(command)
                #expect(!found.contains { $0["status"] == "problem" }, "\(found)")
                #expect(finding(found, "credentials")?["status"] == "ok")
                #expect(finding(found, "endpoint \(url)")?["status"] == "ok", "\(found)")
                #expect(finding(found, "target sums")?["status"] == "ok")
                let said = finding(found, "server")?["message"]?.stringValue ?? ""
                #expect(said.contains("functions are in AWS"))
                // Without the server, the same command has neither credentials nor region.
                await gateway.stop()
                let alone = try await findings(command)
                #expect(finding(alone, "target sums")?["status"] == "problem", "\(alone)")
                #expect(finding(alone, "server")?["message"]?.stringValue?.contains("none runs") == true)
            }
        }
    }

    @Test func `a timeout of a tool that the target doesn't serve is told`() async throws {
        try await FakeLambda.with({ _ in FakeLambda.tools(["add"]) }) { url in
            let aws = Self.environment(url)
            try await withGateway(environment: aws) { (gateway: GatewayProcess) async throws -> Void in
                let command = gateway.workspace
                try await command.command(
                    "target",
                    "add",
                    "sums",
                    "--function",
                    "sums",
                    "--contract",
                    "mcp-wrapper",
                    "--tool-timeout",
                    "add=5m",
                    "--tool-timeout",
                    "ad=5m"
                )
                try await command.command("target", "refresh", "sums")
                let told = finding(try await findings(command), "target sums")
                #expect(told?["status"] == "warning")
                #expect(
                    told?["message"]?.stringValue?.hasSuffix(
                        #"has a timeout for "ad", which it doesn't serve"#
                    ) == true
                )
                try await command.command("target", "update", "sums", "--tool-timeout", "add=5m")
                let fine = finding(try await findings(command), "target sums")
                #expect(fine?["status"] == "ok", "\(fine?.text ?? "")")
            }
        }
    }

    @Test func `problems come first, each with the next command`() async throws {
        try await withGateway(local: true, targets: [.function("rpc"), .function("plain")]) {
            (gateway: GatewayProcess) async throws -> Void in
            let workspace = gateway.workspace
            try await workspace.command("target", "refresh", "rpc")
            _ = try await workspace.json("target", "refresh", "plain")
            try await workspace.command("target", "disable", "rpc")
            try workspace.addTargetFile(
                "absent",
                """
                [target]
                function = "absent"
                contract = "mcp-wrapper"
                [local]
                command = ["./no-such-program"]
                handler = "h"
                """
            )
            let backup = "\(workspace.folder)/backup-of-monday"
            try FileManager.default.copyItem(atPath: workspace.store, toPath: backup)
            chmod(backup, 0o644)
            let found = try await findings(workspace)
            let ranks = ["problem", "warning", "note", "ok"]
            let order = found.compactMap { ranks.firstIndex(of: $0["status"]?.stringValue ?? "") }
            #expect(order == order.sorted() && order.count == found.count)
            for one in found where one["status"] != "ok" {
                #expect(one["hint"]?.stringValue?.isEmpty == false, "\(one.text)")
            }
            let files = found.filter { $0["check"] == "files" }
            #expect(files.count == 1 && files[0]["hint"]?.stringValue == "chmod 600 \(backup)", "\(files)")
            let program = finding(found, "target files")
            #expect(program?["status"] == "problem")
            #expect(program?["message"]?.stringValue?.contains("no-such-program") == true)
            #expect(finding(found, "target plain")?["status"] == "warning")
            #expect(finding(found, "target plain")?["message"]?.stringValue?.contains("KeyError") == true)
            #expect(finding(found, "target rpc")?["hint"]?.stringValue?.contains("target enable rpc") == true)
            let check = try await workspace.run(["config", "check", "--config", workspace.config])
            #expect(check.status == 1)
            #expect(
                check.out.contains("absent/target.toml: local.command: there is no program"),
                "\(check.out)"
            )
        }
    }

    @Test func `a target whose calls fail is a problem`() async throws {
        try await withGateway(local: true, targets: [.function("faults")]) {
            (gateway: GatewayProcess) async throws -> Void in
            let agent = try await gateway.agent()
            try await gateway.awaitTool("faults___raise_error", agent)
            let well = try await findings(gateway.workspace)
            #expect(finding(well, "target faults")?["status"] == "ok", "\(well)")
            for _ in 0..<4 { _ = try await agent.call("faults___raise_error") }
            let ill = try await findings(gateway.workspace).filter { $0["check"] == "target faults" }
            #expect(ill.map { $0["status"]?.stringValue } == ["problem"], "\(ill)")
            #expect(ill.first?["message"]?.stringValue?.contains("4 of 4 calls failed") == true)
        }
    }

    @Test func `a server on another store is distinguished from one on this store`() async throws {
        try await withGateway { (gateway: GatewayProcess) async throws -> Void in
            try await withWorkspace { (other: Workspace) async throws -> Void in
                var text = try String(contentsOfFile: other.config, encoding: .utf8)
                text = text.replacing(
                    "[admin]\nlisten = \"127.0.0.1:0\"",
                    with: "[admin]\nlisten = \"127.0.0.1:\(gateway.adminPort)\""
                )
                try text.write(toFile: other.config, atomically: true, encoding: .utf8)
                try await other.command("tenant", "create", "acme")
                let found = finding(try await findings(other), "server")
                #expect(found?["status"] == "warning", "\(found?.text ?? "")")
                #expect(found?["message"]?.stringValue?.contains("something answers") == true)
            }
        }
    }

    @Test func `a server on an empty store says what to do next, and no more once that is done`() async throws
    {
        try await withWorkspace { (workspace: Workspace) async throws -> Void in
            try FileManager.default.removeItem(atPath: "\(workspace.folder)/targets")
            try await workspace.run { gateway in
                let output = try await gateway.program.wait(for: "the hints") {
                    $0.err.contains("no tenants yet")
                }
                #expect(output.err.contains("no targets yet, and there is no folder"))
                #expect(output.err.contains("mcp-gateway target add NAME"))
            }
            try await workspace.command("tenant", "create", "acme")
            try await workspace.command(
                "target",
                "add",
                "sums",
                "--function",
                "sums",
                "--contract",
                "mcp-wrapper"
            )
            try await workspace.run { gateway in
                _ = try await gateway.agent()
                #expect(!gateway.log.contains("no targets yet") && !gateway.log.contains("no tenants yet"))
            }
        }
    }
}
