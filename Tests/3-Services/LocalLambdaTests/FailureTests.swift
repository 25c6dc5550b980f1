import Foundation
import JSON
import LocalLambda
import Testing

@Suite(.timeLimit(.minutes(2)))
struct FailureTests {
    struct Row: Sendable {
        var event: String
        var type: String
        /// `ID` stands for the request's id.
        var message: String
    }

    @Test func `every end without an answer has AWS's error text, and the next call works`()
        async throws
    {
        let rows = [
            Row(
                event: #"{"do":"exit"}"#,
                type: "Runtime.ExitError",
                message: "Runtime exited with error: exit status 1"
            ),
            Row(
                event: #"{"do":"exit","code":0}"#,
                type: "Runtime.ExitError",
                message: "Runtime exited without providing a reason"
            ),
            Row(
                event: #"{"do":"exit_now","code":127}"#,
                type: "Runtime.ExitError",
                message: "Runtime exited with error: exit status 127"
            ),
            Row(
                event: #"{"do":"kill","signal":"SIGKILL"}"#,
                type: "Runtime.ExitError",
                message: "Runtime exited with error: signal: killed"
            ),
            Row(
                event: #"{"do":"kill","signal":"SIGSEGV"}"#,
                type: "Runtime.ExitError",
                message: "Runtime exited with error: signal: segmentation fault"
            ),
        ]
        try await withLambda([try pythonFunction()]) { subject in
            for row in rows {
                let answer = try await subject.invoke("sample", row.event, ["X-Amz-Log-Type": "Tail"])
                #expect(answer.status == 200)
                #expect(answer.fields["x-amz-function-error"] == "Unhandled")
                #expect(answer.json?["errorType"]?.stringValue == row.type)
                let message = "RequestId: \(answer.requestID) Error: \(row.message)"
                #expect(answer.json?["errorMessage"]?.stringValue == message)
                #expect(answer.log.contains("\(message)\n\(row.type)\nEND RequestId"))
                #expect(answer.log.hasSuffix("\tStatus: error\tError Type: Runtime.ExitError\n"))
                let next = try await subject.invoke("sample", #"{"do":"who"}"#)
                #expect(next.json?["calls"]?.intValue == 1)
            }
        }
    }

    @Test func `a timeout answers at the deadline and kills the whole process group`() async throws {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withLambda([try pythonFunction(timeoutSeconds: 1, concurrency: 1)]) { subject in
            let before = try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"]?.intValue
            let start = ContinuousClock.now
            let event = #"{"do":"hang","file":"\#(file)"}"#
            let answer = try await subject.invoke("sample", event, ["X-Amz-Log-Type": "Tail"])
            let took = ContinuousClock.now - start
            #expect(took >= .seconds(1) && took < .seconds(3))
            #expect(answer.status == 200)
            #expect(answer.fields["x-amz-function-error"] == "Unhandled")
            #expect(
                answer.text == #"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: "#
                    + answer.requestID + #" Error: Task timed out after 1.00 seconds"}"#
            )
            #expect(answer.log.contains(" \(answer.requestID) Task timed out after 1.00 seconds\n\n"))
            #expect(answer.log.contains("\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\t"))
            #expect(answer.log.hasSuffix("\tStatus: timeout\n"))

            let child = try #require(Int(try String(contentsOfFile: file, encoding: .utf8)))
            #expect(await eventually { !isRunning(child) && !isRunning(before ?? 0) })
            let next = try await subject.invoke("sample", #"{"do":"who"}"#)
            #expect(next.json?["calls"]?.intValue == 1)
        }
    }

    @Test func `when a process is killed during a call, the call and the child processes end`()
        async throws
    {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withLambda([try pythonFunction()]) { subject in
            let pid = try #require(
                try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"]?.intValue
            )
            async let hanging = subject.invoke("sample", #"{"do":"hang","file":"\#(file)"}"#)
            let child = { Int((try? String(contentsOfFile: file, encoding: .utf8)) ?? "") }
            #expect(await eventually { child() != nil })
            kill(pid_t(pid), SIGKILL)
            let answer = try await hanging
            #expect(answer.text.contains("Error: Runtime exited with error: signal: killed"))
            #expect(await eventually { !isRunning(child() ?? 0) })
            let next = try await subject.invoke()
            #expect(next.status == 200)
        }
    }

    @Test func `a handler's error is passed on as the runtime reports it`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let pid = try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"]
            let answer = try await subject.invoke("sample", #"{"do":"fail"}"#, ["X-Amz-Log-Type": "Tail"])
            #expect(answer.status == 200)
            #expect(answer.fields["x-amz-function-error"] == "Unhandled")
            #expect(answer.json?["errorMessage"]?.stringValue == "this handler always fails")
            #expect(answer.json?["errorType"]?.stringValue == "ValueError")
            #expect(answer.json?["requestId"]?.stringValue == answer.requestID)
            #expect(answer.json?["stackTrace"]?.arrayValue?.isEmpty == false)
            // The runtime joins the lines of an error with CR and indents them with no-break spaces.
            #expect(answer.log.contains("[ERROR] ValueError: this handler always fails\rTraceback"))
            #expect(answer.log.contains("\r\u{A0}\u{A0}File "))
            let lines = subject.lines.all.filter { $0.requestID == answer.requestID }.map { $0.text }
            #expect(lines.contains("[ERROR] ValueError: this handler always fails"))
            #expect(lines.contains { $0.hasPrefix("  File ") })
            #expect(try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"] == pid)
        }
    }

    @Test(arguments: [900, 15_000])
    func `an error from deep in the stack is passed on, whatever size its header has`(_ depth: Int)
        async throws
    {
        try await withLambda([try pythonFunction()]) { subject in
            let pid = try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"]
            let answer = try await subject.invoke("sample", #"{"do":"deep","depth":\#(depth)}"#)
            #expect(answer.fields["x-amz-function-error"] == "Unhandled")
            #expect(answer.json?["errorMessage"]?.stringValue == "at the bottom")
            #expect(try await subject.invoke("sample", #"{"do":"who"}"#).json?["pid"] == pid)
        }
    }

    struct InitRow: Sendable, CustomTestStringConvertible {
        var handler: String
        var type: String
        var message: String
        var testDescription: String { "\(handler) → \(type)" }
    }

    @Test(arguments: [
        InitRow(handler: "broken.handler", type: "RuntimeError", message: "this module always fails"),
        InitRow(
            handler: "absent.handler",
            type: "Runtime.ImportModuleError",
            message: "Unable to import module 'absent': No module named 'absent'"
        ),
        InitRow(
            handler: "sample.absent",
            type: "Runtime.HandlerNotFound",
            message: "Handler 'absent' missing on module 'sample'"
        ),
        InitRow(
            handler: "syntax.handler",
            type: "Runtime.UserCodeSyntaxError",
            message: "Syntax error in module 'syntax': expected ':' (syntax.py, line 1)"
        ),
        InitRow(
            handler: "sample",
            type: "Runtime.MalformedHandlerName",
            message: "Bad handler 'sample': not enough values to unpack (expected 2, got 1)"
        ),
    ])
    func `a function that cannot initialize answers with what it reported`(_ row: InitRow) async throws {
        try await withLambda([try pythonFunction(handler: row.handler)]) { subject in
            for _ in 0..<2 {
                let answer = try await subject.invoke("sample", "{}", ["X-Amz-Log-Type": "Tail"])
                #expect(answer.status == 200)
                #expect(answer.fields["x-amz-function-error"] == "Unhandled")
                #expect(answer.json?["errorType"]?.stringValue == row.type)
                #expect(answer.json?["errorMessage"]?.stringValue == row.message)
                #expect(answer.json?["requestId"]?.stringValue == "")
                #expect(answer.log.contains("[ERROR] \(row.type): \(row.message)"))
            }
            #expect(await eventually { await subject.lambda.processCount() == 0 })
        }
    }

    @Test func `an exit during the initialization is reported with its status`() async throws {
        try await withLambda([try pythonFunction(handler: "init_exit.handler")]) { subject in
            let answer = try await subject.invoke("sample", "{}", ["X-Amz-Log-Type": "Tail"])
            let message = "RequestId: \(answer.requestID) Error: Runtime exited with error: exit status 7"
            #expect(answer.json?["errorMessage"]?.stringValue == message)
            #expect(answer.log.contains("\nabout to exit\n"))
        }
    }

    @Test func `a function that never finishes its initialization times out`() async throws {
        let functions = [try pythonFunction(handler: "init_slow.handler", timeoutSeconds: 1)]
        try await withLambda(functions, configure: { $0.initDuration = .milliseconds(100) }) { subject in
            let answer = try await subject.invoke()
            #expect(answer.json?["errorType"]?.stringValue == "Sandbox.Timedout")
            #expect(await eventually { await subject.lambda.processCount() == 0 })
        }
    }

    @Test func `a command that cannot start is reported with the reason`() async throws {
        let functions = [
            FunctionDefinition(name: "absent", command: ["nosuch-program"], directory: Place.functions),
            FunctionDefinition(name: "homeless", command: ["/bin/true"], directory: "/nosuch"),
        ]
        try await withLambda(functions) { subject in
            let absent = try await subject.invoke("absent")
            #expect(absent.fields["x-amz-function-error"] == "Unhandled")
            #expect(absent.json?["errorType"]?.stringValue == "Runtime.InvalidEntrypoint")
            #expect(
                absent.json?["errorMessage"]?.stringValue
                    == "RequestId: \(absent.requestID) Error: command 'nosuch-program' was not found "
                    + "(PATH=/usr/local/bin:/usr/bin:/bin); install it or give its full path"
            )
            let homeless = try await subject.invoke("homeless")
            #expect(homeless.text.contains("cannot start in directory /nosuch"))
            #expect(await subject.lambda.processCount() == 0)
        }
    }

    @Test func `a program that is no runtime ends the call when it exits`() async throws {
        try await withLambda([shellFunction("shell", "echo not a runtime; exit 3")]) { subject in
            let answer = try await subject.invoke("shell", "{}", ["X-Amz-Log-Type": "Tail"])
            #expect(answer.text.contains("Runtime exited with error: exit status 3"))
            #expect(answer.log.contains("\nnot a runtime\n"))
        }
    }

    @Test func `the error about a missing virtual environment names the script that makes it`() {
        let error = Place.MissingVenv(path: "/x/.venv/bin/python")
        #expect(error.description.contains("scripts/setup"))
    }
}

@Suite(.timeLimit(.minutes(2)))
struct LogTests {
    /// The figures of a successful REPORT line.
    private static func report(_ log: String) -> (id: String, figures: [Double?])? {
        let form =
            #/REPORT RequestId: (\S+)\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms\tMemory Size: (\d+) MB\tMax Memory Used: (\d+) MB(?:\tInit Duration: ([\d.]+) ms)?\t\n$/#
        guard let match = log.firstMatch(of: form) else { return nil }
        let output = match.output
        let figures = [output.2, output.3, output.4, output.5, output.6 ?? ""].map { Double($0) }
        return (String(output.1), figures)
    }

    @Test func `a short output is in the tail as a whole, between START and REPORT`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let cold = try await subject.invoke("sample", #"{"do":"log"}"#, ["X-Amz-Log-Type": "Tail"])
            let id = cold.requestID
            #expect(cold.log.hasPrefix("START RequestId: \(id) Version: $LATEST\n"))
            #expect(cold.log.contains("\nto standard output\nto standard error\n[WARNING]\t"))
            #expect(cold.log.contains("Z\t\(id)\tthrough logging\n"))
            #expect(cold.log.contains("\nEND RequestId: \(id)\nREPORT RequestId: \(id)\t"))
            let report = try #require(Self.report(cold.log))
            #expect(report.id == id)
            #expect(report.figures[2] == 128)
            #expect((report.figures[3] ?? 0) > 5)
            // The initialization of a cold start is billed too.
            let (duration, start) = (report.figures[0] ?? 0, report.figures[4] ?? 0)
            #expect(start > 1)
            #expect(report.figures[1] == (duration + start - 0.000_001).rounded(.up))

            let warm = try await subject.invoke("sample", "{}", ["X-Amz-Log-Type": "Tail"])
            let second = try #require(Self.report(warm.log))
            #expect(second.figures[4] == nil)
            #expect(!warm.log.contains("through logging"))
        }
    }

    @Test func `the tail is the last 4,096 bytes`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let answer = try await subject.invoke(
                "sample",
                #"{"do":"log","lines":2000}"#,
                ["X-Amz-Log-Type": "Tail"]
            )
            #expect(answer.log.utf8.count == 4096)
            #expect(answer.log.contains("\nline 001999\nEND RequestId: \(answer.requestID)\n"))
            let lines = subject.lines.all.filter {
                $0.requestID == answer.requestID && $0.text.hasPrefix("line ")
            }
            #expect(lines.count == 2000)
            #expect(lines.first?.function == "sample")
        }
    }

    @Test func `an answer without the Tail header has no log`() async throws {
        try await withLambda([try pythonFunction()]) { subject in
            let answer = try await subject.invoke("sample", "{}", ["X-Amz-Log-Type": "None"])
            #expect(answer.fields["x-amz-log-result"] == nil)
        }
    }
}
