import Foundation
import JSON
import LocalLambda
import Testing

@Suite(.timeLimit(.minutes(2)))
struct InvokeTests {
    @Test func `a cold and a warm call are answered by the same process`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let first = try await subject.invoke("sample", #"{"do":"who"}"#)
            let second = try await subject.invoke("sample", #"{"do":"who"}"#)
            #expect(first.status == 200)
            #expect(first.fields["content-type"] == "application/json")
            #expect(first.fields["x-amz-executed-version"] == "$LATEST")
            #expect(first.fields["x-amz-function-error"] == nil)
            #expect(first.fields["x-amz-log-result"] == nil)
            #expect(first.json?["pid"] == second.json?["pid"])
            #expect(first.json?["pid"] == first.json?["group"])
            #expect(second.json?["calls"]?.intValue == 2)
            #expect(first.requestID != second.requestID)
        }
    }

    struct EventRow: Sendable, CustomTestStringConvertible {
        var event: String
        var answer: String
        var testDescription: String { event }
    }

    @Test func `events and answers pass unchanged, JSON or not`() async throws {
        let rows = [
            EventRow(event: "{}", answer: "{}"),
            EventRow(event: "", answer: "{}"),
            EventRow(event: "null", answer: "null"),
            EventRow(event: "[1, 2.50]", answer: "[1, 2.5]"),
            EventRow(event: #""text""#, answer: #""text""#),
            EventRow(event: #"{"do":"none"}"#, answer: "null"),
            EventRow(event: #"{"do":"nan"}"#, answer: #"{"x": NaN}"#),
        ]
        try await withLambda([try pythonFunction()]) { subject in
            for row in rows {
                let answer = try await subject.invoke("sample", row.event)
                #expect(answer.status == 200)
                #expect(answer.text == row.answer, "\(row.event)")
            }
            let raw = try await subject.invoke("sample", #"{"do":"bytes"}"#)
            #expect(raw.body == [0] + Array("raw".utf8) + [255])
            #expect(raw.fields["x-amz-function-error"] == nil)
        }
    }

    @Test func `a warm call is not delayed by the network`() async throws {
        // Sending head and body in two writes with Nagle's algorithm would cost at least 40 ms in each direction.
        try await withLambda([try pythonFunction()]) { subject in
            _ = try await subject.invoke()
            var fastest = Duration.seconds(10)
            for _ in 0..<20 {
                let clock = ContinuousClock()
                fastest = min(fastest, try await clock.measure { _ = try await subject.invoke() })
            }
            #expect(fastest < .milliseconds(35))
        }
    }

    @Test func `the function's context has the caller's data and the deadline`() async throws {
        try await withLambda([try pythonFunction(timeoutSeconds: 20)]) { subject in
            let client = Data(#"{"custom":{"a":"é"},"client":{}}"#.utf8).base64EncodedString()
            let answer = try await subject.invoke(
                "sample",
                #"{"do":"context"}"#,
                [
                    "X-Amz-Client-Context": client,
                    "X-Amz-Tenant-Id": "team a/1",
                    "X-Amzn-Trace-Id":
                        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
                ],
                query: "Qualifier=%24LATEST"
            )
            let context = try #require(answer.json)
            #expect(context["request"]?.stringValue == answer.requestID)
            #expect(
                context["arn"]?.stringValue == "arn:aws:lambda:us-east-1:123456789012:function:sample:$LATEST"
            )
            #expect(context["name"]?.stringValue == "sample")
            #expect(context["version"]?.stringValue == "$LATEST")
            #expect(context["memory"]?.stringValue == "128")
            #expect(context["group"]?.stringValue == "/aws/lambda/sample")
            let stream = context["stream"]?.stringValue ?? ""
            #expect(stream.wholeMatch(of: /\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}/) != nil)
            #expect((15_000...20_000).contains(context["remaining"]?.intValue ?? 0))
            #expect(context["tenant"]?.stringValue == "team a/1")
            #expect(context["custom"]?["a"]?.stringValue == "é")
            let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
            #expect(context["trace"]?.stringValue == trace)
            #expect(answer.fields["x-amzn-trace-id"] == trace)
        }
    }

    @Test func `a client context with line breaks and DEL reaches the function as JSON`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let json = "{\n\t\"custom\": {\r\n\"a\": \"x\u{7f}y\"}}"
            let answer = try await subject.invoke(
                "sample",
                #"{"do":"context"}"#,
                ["X-Amz-Client-Context": Data(json.utf8).base64EncodedString()]
            )
            #expect(answer.json?["custom"]?["a"]?.stringValue == "x\u{7f}y")
        }
    }

    @Test func `a dry run answers 204 and runs nothing`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let answer = try await subject.invoke("sample", "{}", ["X-Amz-Invocation-Type": "DryRun"])
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(await subject.lambda.processCount() == 0)
        }
    }

    @Test func `the largest event and the largest answer pass, one byte more does not`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let text = String(repeating: "x", count: 6_291_456 - 2)
            let whole = try await subject.invoke("sample", "\"\(text)\"")
            #expect(whole.status == 200)
            #expect(whole.body.count == 6_291_456)
            let more = try await subject.invoke("sample", "\"\(text)y\"")
            #expect(more.status == 413)
            #expect(more.fields["x-amzn-errortype"] == "RequestEntityTooLargeException")
            #expect(
                more.json?["Message"]?.stringValue
                    == "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"
            )
            let event = try await subject.invoke(
                "sample",
                "\"\(text.prefix(1_048_576))\"",
                ["X-Amz-Invocation-Type": "Event"]
            )
            #expect(event.status == 413)
            #expect(event.text.contains("(limit 1048576 bytes)"))

            let large = try await subject.invoke("sample", #"{"do":"large","bytes":6291556}"#)
            #expect(large.fields["x-amz-function-error"] == nil)
            #expect(large.body.count == 6_291_556)
            let pid = try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"]
            let tooLarge = try await subject.invoke("sample", #"{"do":"large","bytes":6291557}"#)
            #expect(tooLarge.status == 200)
            #expect(tooLarge.fields["x-amz-function-error"] == "Unhandled")
            #expect(tooLarge.json?["errorType"]?.stringValue == "Function.ResponseSizeTooLarge")
            // The runtime got 413 for its answer and exited; the next call starts a new process.
            let next = try await subject.invoke("sample", #"{"do":"who"}"#)
            #expect(next.status == 200)
            #expect(next.json?["pid"] != pid)
        }
    }

    @Test func `an asynchronous invocation is accepted at once, executed, and retried if it fails`()
        async throws
    {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let functions = [try pythonFunction(concurrency: 1)]
        try await withLambda(functions, configure: { $0.retryDelays = [.milliseconds(1), .milliseconds(1)] })
        { subject in
            let event = #"{"do":"append","file":"\#(file)","failures":2}"#
            let answer = try await subject.invoke("sample", event, ["X-Amz-Invocation-Type": "Event"])
            #expect(answer.status == 202)
            #expect(answer.body.isEmpty)
            #expect(answer.fields["x-amz-executed-version"] == nil)
            let seen = { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
            // There are three attempts under one request id: two fail, the third succeeds.
            let wanted = String(repeating: answer.requestID + "\n", count: 3)
            #expect(await eventually { seen() == wanted })
        }
    }

    @Test func `asynchronous invocations wait for room instead of being refused`() async throws {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withLambda([try pythonFunction(concurrency: 1)]) { subject in
            for _ in 0..<5 {
                let event = #"{"do":"append","file":"\#(file)"}"#
                let answer = try await subject.invoke("sample", event, ["X-Amz-Invocation-Type": "Event"])
                #expect(answer.status == 202)
            }
            let count = {
                ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").count
            }
            #expect(await eventually { count() == 5 })
            #expect(await subject.lambda.processCount() == 1)
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct ConcurrencyTests {
    @Test func `a call beyond the function's concurrency is throttled`() async throws {
        try await withLambda([try pythonFunction(concurrency: 2)]) { subject in
            let file = temporaryFile()
            defer { for number in 0..<2 { try? FileManager.default.removeItem(atPath: "\(file)\(number)") } }
            let running = Task {
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<2 {
                        let event = #"{"do":"hang","file":"\#(file)\#(number)"}"#
                        group.addTask { _ = try? await subject.invoke("sample", event) }
                    }
                }
            }
            let bothRun = await eventually {
                (0..<2).allSatisfy { FileManager.default.fileExists(atPath: "\(file)\($0)") }
            }
            #expect(bothRun)
            let answer = try await subject.invoke()
            #expect(answer.status == 429)
            #expect(answer.fields["x-amzn-errortype"] == "TooManyRequestsException")
            #expect(
                answer.text
                    == #"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","#
                    + #""Type":"User","message":"Rate Exceeded."}"#
            )
            await subject.lambda.stop()
            await running.value
        }
    }

    @Test func `concurrent calls get a process each, successive calls share one`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            async let one = subject.invoke("sample", #"{"do":"sleep","seconds":0.4}"#)
            async let two = subject.invoke("sample", #"{"do":"sleep","seconds":0.4}"#)
            let pids = [try await one.json?["pid"], try await two.json?["pid"]]
            #expect(pids[0] != pids[1])
            for _ in 0..<5 {
                let pid = try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"]
                #expect(pids.contains(pid))
            }
            #expect(await subject.lambda.processCount() == 2)
        }
    }

    @Test func `tenants do not share processes, and an idle one is replaced if there is no room`()
        async throws
    {
        try await withLambda([try pythonFunction(concurrency: 2)]) { subject in
            func pid(_ tenant: String) async throws -> Int? {
                let fields = ["X-Amz-Tenant-Id": tenant]
                return try await subject.invoke("sample", #"{"do":"who"}"#, fields).json?["pid"]?.intValue
            }
            let (a, b) = (try await pid("a"), try await pid("b"))
            #expect(a != b)
            #expect(try await pid("a") == a)
            let c = try await pid("c")
            #expect(c != nil && c != a && c != b)
            #expect(await eventually { await subject.lambda.processCount() == 2 })
        }
    }

    @Test func `each of many concurrent calls is answered or throttled, and none is lost`() async throws {
        try await withLambda([try pythonFunction(concurrency: 3)]) { subject in
            let answers = await withTaskGroup(of: (Int, Answer?).self) { group in
                for number in 0..<60 {
                    group.addTask { (number, try? await subject.invoke("sample", #"{"n":\#(number)}"#)) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 60)
            for (number, answer) in answers {
                #expect(answer?.status == 200 || answer?.status == 429)
                if answer?.status == 200 { #expect(answer?.json?["n"]?.intValue == number) }
            }
            #expect(answers.contains { $0.1?.status == 200 })
            #expect(await subject.lambda.processCount() <= 3)
            let last = try await subject.invoke()
            #expect(last.status == 200)
        }
    }

    @Test func `an idle process ends after the idle duration`() async throws {
        let functions = [try pythonFunction()]
        try await withLambda(functions, configure: { $0.idleDuration = .milliseconds(50) }) { subject in
            let pid = try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"]?.intValue
            #expect(await eventually { await subject.lambda.processCount() == 0 })
            #expect(!isRunning(pid ?? 0))
            #expect(try await subject.invoke().status == 200)
        }
    }

    @Test func `a process that ends after its answer is replaced, without an error for the next call`()
        async throws
    {
        try await withLambda([try pythonFunction(concurrency: 1)]) { subject in
            for _ in 0..<3 {
                let file = temporaryFile()
                let answer = try await subject.invoke(
                    "sample",
                    #"{"do":"exit_after_answer","file":"\#(file)"}"#
                )
                #expect(answer.fields["x-amz-function-error"] == nil)
                let pid = try #require(answer.json?["pid"]?.intValue)
                try Data().write(to: URL(fileURLWithPath: file))
                defer { try? FileManager.default.removeItem(atPath: file) }
                #expect(await eventually { !isRunning(pid) })
                let next = try await subject.invoke("sample", #"{"do":"who"}"#)
                #expect(next.fields["x-amz-function-error"] == nil)
                #expect(next.json?["pid"]?.intValue != pid)
            }
        }
    }

    @Test func `stop kills running processes and ends their calls`() async throws {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withLambda([try pythonFunction()]) { subject in
            async let hanging = subject.invoke("sample", #"{"do":"hang","file":"\#(file)"}"#)
            let child = { Int((try? String(contentsOfFile: file, encoding: .utf8)) ?? "") }
            #expect(await eventually { child() != nil })
            let pid = try #require(child())
            #expect(isRunning(pid))
            await subject.lambda.stop()
            let answer = try? await hanging
            #expect(answer == nil || answer?.status == 500)
            #expect(await eventually { !isRunning(pid) })
            #expect(await subject.lambda.processCount() == 0)
        }
    }

    @Test func `a reload keeps unchanged functions, lets calls finish, and drops removed functions`()
        async throws
    {
        let kept = try pythonFunction("kept")
        let changed = try pythonFunction("changed")
        try await withLambda([kept, changed, try pythonFunction("gone")]) { subject in
            let before = try await subject.invoke("kept", #"{"do":"who"}"#).json?["pid"]
            _ = try await subject.invoke("gone")
            async let running = subject.invoke("changed", #"{"do":"sleep","seconds":0.5}"#)
            #expect(await eventually { await subject.lambda.processCount() == 3 })
            var other = changed
            other.environment["MARK"] = "new"
            try await subject.lambda.replaceFunctions([kept, other, try pythonFunction("added")])

            #expect(try await running.json?["slept"] != nil)
            #expect(try await subject.invoke("kept", #"{"do":"who"}"#).json?["pid"] == before)
            let environment = try await subject.invoke("changed", #"{"do":"environment"}"#).json?[
                "environment"
            ]
            #expect(environment?["MARK"]?.stringValue == "new")
            #expect(try await subject.invoke("gone").status == 404)
            #expect(try await subject.invoke("added").status == 200)
            #expect(await eventually { await subject.lambda.processCount() == 3 })
        }
    }

    @Test func `all faults of the definitions are reported, and nothing starts`() async throws {
        let bad = FunctionDefinition(
            name: "a b",
            command: [],
            environment: ["AWS_LAMBDA_RUNTIME_API": "hijacked", "A=B": "", "_HANDLER": "x", "OK_1": ""],
            memoryMB: 1,
            timeoutSeconds: 0,
            directory: "/tmp"
        )
        let good = FunctionDefinition(name: "good", command: ["true"], directory: "/tmp")
        let error = await #expect(throws: LocalLambdaError.self) {
            try await withLambda([bad, good, good]) { _ in }
        }
        #expect(
            error?.faults == [
                "function name 'a b': use 1 to 64 letters, digits, '-' and '_'",
                "function a b: command is empty; name a program",
                "function a b: memory_mb is 1; use 128 to 10240",
                "function a b: timeout_s is 0; use 1 to 900",
                "function a b: variable 'A=B': use letters, digits and '_', no digit first",
                "function a b: variable AWS_LAMBDA_RUNTIME_API is set by Lambda itself; remove it",
                "function a b: variable _HANDLER is set by Lambda itself; remove it",
                "function good is defined twice; rename one",
            ]
        )
    }
}
