import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// Functions that fail in every way, as seen by agents of both eras.
@Suite(
    .gateway(
        .function("faults", ["concurrency = 4": "concurrency = 30"]),
        .function(
            "faults",
            named: "victim",
            ["concurrency = 4": "concurrency = 1", "timeout_s = 2": "timeout_s = 60"]
        ),
        .function(
            "faults",
            named: "victim-2",
            ["concurrency = 4": "concurrency = 1", "timeout_s = 2": "timeout_s = 60"]
        ),
        .function("throttled"),
        listing: "faults___echo",
        "victim___sleep",
        "victim-2___sleep",
        "throttled___hold"
    )
)
struct FailureTests {
    struct Row: Sendable, CustomStringConvertible {
        let tool: String
        /// nil for the tool's own error, to which the gateway adds no code.
        let code: String?
        let text: String

        init(_ tool: String, _ code: String?, _ text: String) {
            (self.tool, self.code, self.text) = (tool, code, text)
        }

        var description: String { tool }
    }

    static let rows = [
        Row("raise_error", "function_error", "this tool always fails"),
        Row("raise_deep", "function_error", "at the bottom"),
        Row("exit_process", "function_exited", "ended unexpectedly"),
        Row("sys_exit", "function_exited", "ended unexpectedly"),
        Row("kill_self", "function_exited", "ended unexpectedly"),
        Row("sleep", "timed_out", "longer than it may"),
        Row("huge", "too_large", "larger than the 6 MB"),
        Row("not_finite", "invalid_answer", "not valid JSON"),
        Row("raw_bytes", "invalid_answer", "not valid JSON"),
        Row("nothing", "invalid_answer", "returned null"),
        Row("no_body", "invalid_answer", "no body"),
        Row("bad_body", "invalid_answer", "not valid JSON"),
        Row("status", "function_error", "the function is unwell"),
        Row("unmarshalable", "invalid_answer", "could not be turned into JSON"),
        Row("tool_error", nil, "the tool says no"),
    ]

    @Test(arguments: rows, Agent.Era.allCases)
    func `every fault of a function becomes a result that a model can read`(_ row: Row, _ era: Agent.Era)
        async throws
    {
        let answer = try await SharedGateway.current.agent(era).call("faults___\(row.tool)")
        #expect(answer.status == 200)
        #expect(answer.isError == true)
        #expect(answer.failureCode == row.code)
        #expect(answer.text?.contains(row.text) == true, "\(answer.response.text)")
        if row.code != nil { #expect(answer.requestID?.count == 36) }
        #expect((answer.result?["resultType"] != nil) == (era == .modern))
        for trace in ["Traceback", "handler.py", "stackTrace"] {
            #expect(!answer.response.text.contains(trace))
        }
    }

    @Test(arguments: zip(["victim", "victim-2"], Agent.Era.allCases))
    func `killing a function during a call is reported, and the next call gets a new process`(
        _ target: String,
        _ era: Agent.Era
    ) async throws {
        let shared = try SharedGateway.current
        let agent = try await shared.agent(era)
        let first = try await agent.call("\(target)___process")
        let pid = try #require(first.structured?["pid"]?.intValue)
        let call = try agent.beginCall("\(target)___spawn_and_sleep", #"{"seconds":50}"#)
        // The function's output is on the server's terminal.
        let mark = try NSRegularExpression(pattern: "\n\(target) \\| child ([0-9]+)\n")
        let log = try await shared.gateway.program.wait(for: "the call to begin") {
            mark.numbers(in: $0.err) != []
        }
        let child = try #require(mark.numbers(in: log.err).first)
        #expect(isAlive(child))
        kill(pid_t(pid), SIGKILL)
        let answer = try await Agent.answer(on: call)
        #expect(answer.status == 200)
        #expect(answer.isError == true)
        #expect(answer.failureCode == "function_exited")
        #expect(answer.requestID?.count == 36)
        let next = try await agent.call("\(target)___process")
        #expect(next.structured?["pid"]?.intValue != pid)
        #expect(next.isError != true)
        try await eventually("what it had started is gone", seconds: 10) { !isAlive(child) }
    }

    @Test(arguments: Agent.Era.allCases)
    func `a function at its concurrency limit is reported as throttled`(_ era: Agent.Era) async throws {
        let agent = try await SharedGateway.current.agent(era)
        // One of the concurrent calls gets the slot; the others are refused, in this test or its twin.
        let calls = try (0..<3).map { _ in try agent.beginCall("throttled___hold", #"{"seconds":0.5}"#) }
        var answers: [Agent.Answer] = []
        for call in calls { answers.append(try await Agent.answer(on: call)) }
        let throttled = answers.filter { $0.failureCode == "throttled" }
        #expect(throttled.count >= 2)
        for answer in throttled {
            #expect(answer.status == 200)
            #expect(answer.isError == true)
            #expect(answer.text?.contains("concurrency limit") == true)
        }
        #expect(answers.allSatisfy { $0.failureCode == "throttled" || $0.text == "held for 0.5 s" })
    }

    @Test(arguments: Agent.Era.allCases)
    func `an unknown tool and one of a disabled target are refused in the same words`(_ era: Agent.Era)
        async throws
    {
        let shared = try SharedGateway.current
        let workspace = shared.gateway.workspace
        let target = "unused-\(era)"
        let tools = "\(workspace.folder)/\(target).json"
        let definition = #"[{"name":"lookup","description":"d","inputSchema":{"type":"object"}}]"#
        try definition.write(toFile: tools, atomically: true, encoding: .utf8)
        try await workspace.command(
            "target",
            "add",
            target,
            "--function",
            "nobody",
            "--contract",
            "mcp-wrapper",
            "--approval",
            "open",
            "--tools",
            tools
        )
        try await workspace.command("target", "refresh", target)
        let agent = try await shared.agent(era)
        try await shared.gateway.awaitTool("\(target)___lookup", agent)
        try await workspace.command("target", "disable", target)
        try await eventually("the tool is gone") {
            try await !agent.toolNames().contains("\(target)___lookup")
        }
        for tool in ["\(target)___lookup", "nosuch___tool", "faults___nosuch", "noseparator"] {
            let answer = try await agent.call(tool)
            #expect(answer.status == (era == .modern ? 400 : 200))
            #expect(answer.error?["code"]?.intValue == -32602)
            #expect(answer.error?["message"]?.stringValue == "Unknown tool: \(tool)")
            #expect(answer.error?["data"] == nil)
        }
    }

    @Test(arguments: ["Bearer mgw_00000000_wrong", "Bearer ", "Basic bWd3OnNlY3JldA==", nil])
    func `a request without a valid key is refused with a challenge`(_ value: String?) async throws {
        let gateway = try SharedGateway.current.gateway
        var command = [
            "curl", "-s", "-i", "-X", "POST", gateway.agentsURL, "-d", "{}", "-H",
            "Content-Type: application/json",
        ]
        if let value { command += ["-H", "Authorization: \(value)"] }
        let output = try await run(command)
        #expect(output.out.hasPrefix("HTTP/1.1 401"))
        #expect(output.out.lowercased().contains("www-authenticate: bearer"))
        #expect(!output.out.contains("wrong"))
    }
}

extension NSRegularExpression {
    /// The first group of every match.
    fileprivate func numbers(in text: String) -> [Int] {
        matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap { match in
            Range(match.range(at: 1), in: text).flatMap { Int(text[$0]) }
        }
    }
}
