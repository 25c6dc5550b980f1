import AWS
import Testing

/// All kinds of a function's failure that Lambda reports.
struct FunctionFailureTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        let payload: String
        let kind: FunctionFailure.Kind
        let type: String?
        let message: String

        var testDescription: String { what }
    }

    @Test(arguments: [
        Row(
            what: "the handler raised",
            payload:
                #"{"errorMessage":"Handler fails","errorType":"Exception","requestId":"r","stackTrace":["  File x"]}"#,
            kind: .raised,
            type: "Exception",
            message: "Handler fails"
        ),
        Row(
            what: "a tool failed",
            payload:
                #"{"errorMessage":"Unknown tool: nosuch","errorType":"ToolError","requestId":"r","stackTrace":[]}"#,
            kind: .raised,
            type: "ToolError",
            message: "Unknown tool: nosuch"
        ),
        Row(
            what: "the module raised",
            payload: #"{"errorMessage":"no","errorType":"ValueError","requestId":"","stackTrace":["x"]}"#,
            kind: .initialization,
            type: "ValueError",
            message: "no"
        ),
        Row(
            what: "import",
            payload:
                #"{"errorMessage":"Unable to import module 'x': No module named 'y'","errorType":"Runtime.ImportModuleError"}"#,
            kind: .initialization,
            type: "Runtime.ImportModuleError",
            message: "Unable to import module 'x': No module named 'y'"
        ),
        Row(
            what: "handler not found",
            payload:
                #"{"errorMessage":"Handler 'h' missing on module 'm'","errorType":"Runtime.HandlerNotFound"}"#,
            kind: .initialization,
            type: "Runtime.HandlerNotFound",
            message: "Handler 'h' missing on module 'm'"
        ),
        Row(
            what: "handler name",
            payload: #"{"errorMessage":"m","errorType":"Runtime.MalformedHandlerName"}"#,
            kind: .initialization,
            type: "Runtime.MalformedHandlerName",
            message: "m"
        ),
        Row(
            what: "syntax",
            payload: #"{"errorMessage":"m","errorType":"Runtime.UserCodeSyntaxError"}"#,
            kind: .initialization,
            type: "Runtime.UserCodeSyntaxError",
            message: "m"
        ),
        Row(
            what: "module conflict",
            payload: #"{"errorMessage":"m","errorType":"Runtime.BuiltInModuleConflict"}"#,
            kind: .initialization,
            type: "Runtime.BuiltInModuleConflict",
            message: "m"
        ),
        Row(
            what: "unserialisable",
            payload: #"{"errorMessage":"Unable to marshal response: x","errorType":"Runtime.MarshalError"}"#,
            kind: .unsendableAnswer,
            type: "Runtime.MarshalError",
            message: "Unable to marshal response: x"
        ),
        Row(
            what: "unreadable event",
            payload: #"{"errorMessage":"Unable to unmarshal input: x","errorType":"Runtime.UnmarshalError"}"#,
            kind: .unreadablePayload,
            type: "Runtime.UnmarshalError",
            message: "Unable to unmarshal input: x"
        ),
        Row(
            what: "timeout",
            payload:
                #"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r Error: Task timed out after 1.00 seconds"}"#,
            kind: .timedOut,
            type: "Sandbox.Timedout",
            message: "RequestId: r Error: Task timed out after 1.00 seconds"
        ),
        Row(
            what: "timeout until 2025",
            payload: #"{"errorMessage":"2019-01-01T00:00:00.000Z r Task timed out after 1.00 seconds"}"#,
            kind: .timedOut,
            type: nil,
            message: "2019-01-01T00:00:00.000Z r Task timed out after 1.00 seconds"
        ),
        Row(
            what: "an error that talks of a timeout",
            payload: #"{"errorMessage":"the Task timed out after 3 tries","errorType":"MyError"}"#,
            kind: .raised,
            type: "MyError",
            message: "the Task timed out after 3 tries"
        ),
        Row(
            what: "exit code",
            payload:
                #"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: exit status 127"}"#,
            kind: .exited,
            type: "Runtime.ExitError",
            message: "RequestId: r Error: Runtime exited with error: exit status 127"
        ),
        Row(
            what: "signal",
            payload:
                #"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: signal: killed"}"#,
            kind: .exited,
            type: "Runtime.ExitError",
            message: "RequestId: r Error: Runtime exited with error: signal: killed"
        ),
        Row(
            what: "memory",
            payload: #"{"errorType":"Runtime.OutOfMemory","errorMessage":"m"}"#,
            kind: .outOfMemory,
            type: "Runtime.OutOfMemory",
            message: "m"
        ),
        Row(
            what: "too large an answer",
            payload:
                #"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#,
            kind: .answerTooLarge,
            type: "Function.ResponseSizeTooLarge",
            message: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        ),
        Row(
            what: "Go",
            payload: #"{"errorMessage":"Error: x","errorType":"errorString"}"#,
            kind: .raised,
            type: "errorString",
            message: "Error: x"
        ),
        Row(
            what: "Node",
            payload: #"{"errorType":"Error","errorMessage":"x","trace":["Error: x"]}"#,
            kind: .raised,
            type: "Error",
            message: "x"
        ),
        Row(what: "no object", payload: #""boom""#, kind: .raised, type: nil, message: #""boom""#),
        Row(what: "no JSON", payload: "{\"x\": NaN}", kind: .raised, type: nil, message: "{\"x\": NaN}"),
        Row(what: "nothing", payload: "", kind: .raised, type: nil, message: ""),
        Row(what: "null", payload: "null", kind: .raised, type: nil, message: "null"),
        Row(
            what: "no strings",
            payload: #"{"errorMessage":1,"errorType":["x"],"requestId":null}"#,
            kind: .raised,
            type: nil,
            message: #"{"errorMessage":1,"errorType":["x"],"requestId":null}"#
        ),
    ])
    func `each kind of failure is recognized, with its text and the request's id`(_ row: Row) async throws {
        let answer = ok(
            row.payload,
            fields: ["X-Amz-Function-Error: Unhandled", "X-Amz-Log-Result: U1RBUlQK"]
        )
        guard case .failure(let error) = await outcome(answer) else {
            Issue.record("it was taken for a result")
            return
        }
        let failure = FunctionFailure(kind: row.kind, errorType: row.type, errorMessage: row.message)
        #expect(error.kind == .function(failure))
        #expect(error.code == row.type ?? "Unhandled")
        #expect(error.message == row.message)
        #expect(error.requestID == "r-1")
        #expect(error.status == 200)
        #expect(error.logTail == "START\n")
        #expect(!error.isRetryableBeforeExecution)
    }

    @Test(arguments: ["Unhandled", "Handled", "anything"])
    func `any value of X-Amz-Function-Error is a failure`(_ value: String) async {
        guard case .failure = await outcome(ok("{}", fields: ["x-amz-function-error: \(value)"])) else {
            Issue.record("it was taken for a result")
            return
        }
    }

    @Test func `a long message is cut to less than 17,000 bytes`() async {
        let long = String(repeating: "é", count: 100_000)
        let payload = #"{"errorMessage":"\#(long)","errorType":"E"}"#
        guard
            case .failure(let error) = await outcome(ok(payload, fields: ["X-Amz-Function-Error: Unhandled"]))
        else {
            Issue.record("it was taken for a result")
            return
        }
        #expect(error.message.utf8.count < 17_000)
        #expect(error.message.hasSuffix("…"))
    }
}
