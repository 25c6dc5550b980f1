import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// What the log and the service manager are told of a gateway's life.
struct LifeLineTests {
    @Test(arguments: ["text", "json"])
    func `the log says what was started, what failed, what a reload changed and what was served`(
        format: String
    )
        async throws
    {
        try await withWorkspace(
            targets: [.function("faults")],
            settings: ["log": "format = \"\(format)\""]
        ) { workspace in
            let key = try await workspace.issueKey().key
            let gateway = try await workspace.start(local: true)
            do {
                let agent = try await gateway.agent(.modern, key: key)
                try await gateway.awaitTool("faults___raise_error", agent)
                _ = try await agent.call("faults___raise_error")
                try workspace.write(settings: ["log": "format = \"\(format)\"", "defaults": "page_size = 7"])
                gateway.program.signal(SIGHUP)
                try await gateway.program.wait(for: "the result") { $0.err.contains("reloaded: ") }
            } catch {
                await gateway.stop()
                throw GatewayProcess.Failure(cause: error, log: gateway.log)
            }
            gateway.program.signal(SIGTERM)
            #expect(try await gateway.program.end(seconds: 20).status == 0)
            let lines = try gateway.log.split(separator: "\n").map { try Line(String($0), format) }
            await gateway.program.stop()

            let started = try #require(lines.first { $0.message == "started" })
            #expect(started["version"]?.isEmpty == false && started["mode"] == "local")
            #expect(started["config"] == workspace.config && started["agents"] == gateway.agentsURL)
            #expect(started["admin"] == gateway.adminURL && started["lambda"] == gateway.lambdaURL)
            #expect(started["targets"] == "1" && started["tenants"] == "1" && started["tools"] != nil)
            let failed = try #require(lines.first { $0.message == "a call failed" })
            #expect(
                failed["target"] == "faults" && failed["tool"] == "raise_error"
                    && failed["error"]?.isEmpty == false
            )
            #expect(lines.contains { $0.message == "reloaded: applied defaults.page_size" })
            #expect(lines.contains { $0.message == "draining" && $0["signal"] == "TERM" })
            let ended = try #require(lines.last)
            #expect(ended.message == "ended" && ended["calls"] == "1")
            #expect(try #require(ended["uptime_seconds"].flatMap { Int($0) }) < 120)
            #expect(!gateway.log.contains(key))
        }
    }

    @Test func `a service manager is told when it serves, reloads and ends`() async throws {
        try await withWorkspace(targets: [.function("faults")]) { workspace in
            let socket = try NoticeSocket("\(workspace.folder)/notify")
            var notified = workspace
            notified.environment["NOTIFY_SOCKET"] = socket.name
            func told(_ what: String) async throws -> String {
                var message: String?
                try await eventually(what) {
                    message = socket.next()
                    return message != nil
                }
                return message ?? ""
            }
            try await notified.run(local: true) { gateway in
                let ready = try await told("ready")
                #expect(ready.hasPrefix("READY=1\nSTATUS=serving agents at \(gateway.agentsURL)"))
                #expect(try await notified.command("reload").hasPrefix("reloaded: "))
                #expect(try await told("reloading").hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
                #expect(try await told("ready again").hasPrefix("READY=1\n"))
                let agent = try await gateway.agent()
                try await gateway.awaitTool("faults___environment", agent)
                let seen = try #require(try await agent.call("faults___environment").text)
                #expect(seen.contains("LAMBDA_TASK_ROOT") && !seen.contains("NOTIFY_SOCKET"))
            }
            #expect(try await told("stopping").hasPrefix("STOPPING=1\n"))
        }
    }

    /// One line of the log, in either form.
    private struct Line {
        let message: String
        private let value: (String) -> String?

        init(_ line: String, _ format: String) throws {
            guard format == "text" else {
                let read = try JSONValue(parsing: line)
                message = try #require(read["message"]?.stringValue)
                value = { read[$0]?.stringValue }
                return
            }
            let words = line.split(separator: " ", maxSplits: 2).dropFirst(2).first.map(String.init) ?? ""
            let parts = words.matches(of: #/ (\w+)=("(?:[^"\\]|\\.)*"|[^ "]*)/#)
            message = String(words[..<(parts.first?.range.lowerBound ?? words.endIndex)])
            let values = parts.map { (String($0.1), $0.2.trimmingCharacters(in: ["\""])) }
            value = { name in values.first { $0.0 == name }?.1 }
        }

        subscript(name: String) -> String? { value(name) }
    }
}
