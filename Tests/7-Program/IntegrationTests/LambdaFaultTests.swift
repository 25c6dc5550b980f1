import Foundation
import JSON
import TestSupport
import Testing

/// A gateway in front of a Lambda endpoint where everything goes wrong.
struct LambdaFaultTests {
    /// The expected outcome of calling a function. The function's name says what goes wrong:
    /// Tests/Python/faulty_lambda.py.
    struct Row: Sendable, CustomStringConvertible {
        let function: String
        /// nil if the call succeeds.
        let code: String?
        let text: String
        /// How often the endpoint may be asked for one call by an agent.
        let requests: ClosedRange<Int>

        init(_ function: String, _ code: String?, _ text: String, requests: ClosedRange<Int> = 1...1) {
            (self.function, self.code, self.text, self.requests) = (function, code, text, requests)
        }

        var description: String { function }
    }

    private static let rows = [
        Row("silent", "timed_out", "did not answer in time"),
        Row("half", "timed_out", "did not answer in time"),
        Row("dripping", "timed_out", "did not answer in time"),
        Row("fine", nil, "fine"),
        // The function chooses the content type; only the payload counts.
        Row("text-plain", nil, "fine"),
        Row("no-type", nil, "fine"),
        Row("gzip", nil, "fine"),
        Row("packed", "invalid_answer", "compressed with gzip"),
        Row("page-200", "invalid_answer", "not an answer of Lambda"),
        Row("page-502", "unavailable", "Lambda is not available"),
        Row("page-503", "unavailable", "Lambda is not available"),
        Row("page-504", "unavailable", "Lambda is not available"),
        Row("empty-503", "unavailable", "Lambda is not available"),
        Row("redirect", "invalid_answer", "not an answer of Lambda"),
        Row("xml-403", "access_denied", "not allowed to invoke"),
        Row("truncated", "unreachable", "broke before the tool answered"),
        Row("truncated-chunks", "unreachable", "broke before the tool answered"),
        Row("truncated-head", "unreachable", "broke before the tool answered"),
        Row("closed", "unreachable", "broke before the tool answered"),
        Row("no-http", "invalid_answer", "not an answer of Lambda"),
        Row("two-lengths", "invalid_answer", "not an answer of Lambda"),
        Row("huge-head", "invalid_answer", "not an answer of Lambda"),
        Row("huge-length", "too_large", "larger than the 6 MB"),
        Row("huge-body", "too_large", "larger than the 6 MB"),
        Row("throttled", "throttled", "concurrency limit"),
        Row("missing", "not_found", "does not exist any more"),
        Row("denied", "access_denied", "not allowed to invoke"),
        Row("too-large", "too_large", "arguments are too large"),
        Row("service", "unavailable", "Lambda is not available"),
        Row("no-subnet", "misconfigured", "not set up correctly"),
        Row("late-clock", nil, "fine", requests: 1...2),
        Row("mad-clock", "misconfigured", "clock is wrong", requests: 1...2),
        Row("expired-always", "misconfigured", "credentials are wrong", requests: 1...2),
        Row("echo", "misconfigured", "credentials are wrong", requests: 1...2),
    ]

    /// Runs `body` with a gateway and the endpoint. Each function has a target whose calls time out after a second, unless
    /// `timeouts` says otherwise.
    private func withFaults(
        _ functions: [String],
        timeouts: String = "timeout = \"1s\"",
        _ body: @Sendable (GatewayProcess, Endpoint) async throws -> Void
    ) async throws {
        let script = "\(Programs.root)/Tests/Python/faulty_lambda.py"
        let program = try Program(
            [try Programs.python, script],
            environment: Programs.environment,
            folder: Programs.root
        )
        do {
            let output = try await program.wait(for: "the endpoint") { $0.out.contains("\n") }
            let url = output.out.split(separator: " ").last?.filter { $0 != "\n" } ?? ""
            let environment = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/credentials", "AWS_REGION": "eu-west-1",
            ]
            try await withWorkspace(environment: environment) { workspace in
                for function in functions {
                    let text =
                        "[target]\nfunction = \"\(function)\"\ncontract = \"mcp-wrapper\"\nendpoint = \"\(url)\"\napproval = \"open\"\n\(timeouts)\n"
                    try workspace.addTargetFile(function, text)
                }
                try await workspace.run { gateway in
                    try await body(gateway, Endpoint(url: url, program: program))
                }
            }
            await program.stop()
        } catch {
            await program.stop()
            throw error
        }
    }

    private struct Endpoint: Sendable {
        let url: String
        let program: Program

        /// How many calls each function has got since the previous question.
        func requests() async throws -> [String: Int] {
            let output = try await run(["curl", "-s", "\(url)/requests"])
            guard case .object(let counts) = try JSONValue(parsing: output.out) else { return [:] }
            return Dictionary(counts.members.map { ($0.key, $0.value.intValue ?? 0) }) { first, _ in first }
        }
    }

    @Test
    func `each fault is reported helpfully, in time, without secrets and within the allowed requests`()
        async throws
    {
        let secrets = ["a-secret-of-aws", "session-token-", "subnet-0a1b2c", "123456789012", "It went wrong"]
        try await withFaults(Self.rows.map(\.function)) { gateway, endpoint in
            let agents = [try await gateway.agent(.modern), try await gateway.agent(.legacy)]
            for row in Self.rows { try await gateway.awaitTool("\(row.function)___look", agents[0]) }
            for agent in agents {
                _ = try await endpoint.requests()
                for row in Self.rows {
                    let answer = try await agent.call("\(row.function)___look")
                    #expect(answer.status == 200, "\(row), \(agent.era): \(answer.response.text)")
                    #expect(answer.isError == true || row.code == nil, "\(row): \(answer.response.text)")
                    #expect(answer.failureCode == row.code, "\(row): \(answer.response.text)")
                    #expect(answer.text?.contains(row.text) == true, "\(row): \(answer.response.text)")
                    for secret in secrets {
                        #expect(!answer.response.text.contains(secret), "\(row): \(answer.response.text)")
                    }
                }
                let requests = try await endpoint.requests()
                for row in Self.rows {
                    let count = requests[row.function] ?? 0
                    #expect(row.requests.contains(count), "\(row), \(agent.era): \(count)")
                }
            }
            for secret in ["a-secret-of-aws", "session-token-"] { #expect(!gateway.log.contains(secret)) }
        }
    }

    @Test func `a call that hangs is given up at its deadline, and other targets' calls don't wait for it`()
        async throws
    {
        let hanging = ["silent", "half", "dripping"]
        try await withFaults(hanging + ["fine"]) { gateway, _ in
            let agent = try await gateway.agent()
            for function in hanging + ["fine"] { try await gateway.awaitTool("\(function)___look", agent) }
            let clock = ContinuousClock()
            let began = clock.now
            let calls = try (0..<30).map { try agent.beginCall("\(hanging[$0 % 3])___look") }
            for _ in 0..<20 { #expect(try await agent.call("fine___look").text == "fine") }
            let fine = clock.now - began
            for call in calls {
                let answer = try await Agent.answer(on: call)
                #expect(answer.failureCode == "timed_out", "\(answer.response.text)")
            }
            let hung = clock.now - began
            #expect(fine < hung && hung >= .seconds(1) && hung < .seconds(5), "\(fine), \(hung)")
        }
    }

    @Test func `a tool's own timeout replaces its target's`() async throws {
        let timeouts = "timeout = \"5m\"\n[timeouts]\nlook = \"1s\""
        try await withFaults(["silent"], timeouts: timeouts) { gateway, _ in
            let agent = try await gateway.agent()
            try await gateway.awaitTool("silent___look", agent)
            let clock = ContinuousClock()
            let began = clock.now
            #expect(try await agent.call("silent___look").failureCode == "timed_out")
            #expect((Duration.seconds(1)..<Duration.seconds(30)).contains(clock.now - began))
        }
    }

    @Test func `a call refused because the session token has expired is sent once more with a new one`()
        async throws
    {
        try await withFaults(["expired-once", "silent"]) { gateway, endpoint in
            let agent = try await gateway.agent()
            try await gateway.awaitTool("expired-once___look", agent)
            // Credentials that are less than a second old aren't fetched again.
            try await gateway.awaitTool("silent___look", agent)
            #expect(try await agent.call("silent___look").failureCode == "timed_out")
            #expect(try await agent.call("expired-once___look").text == "fine")
            #expect(try await endpoint.requests()["expired-once"] == 2)
            #expect(try await agent.call("expired-once___look").text == "fine")
            #expect(try await endpoint.requests()["expired-once"] == 1)
            #expect(!gateway.log.contains("session-token-"))
        }
    }
}
