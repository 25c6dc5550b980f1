import Bytes
import Contracts
import Testing

struct FunctionFailureTests {
    struct Row: Sendable {
        let payload: String
        let cause: FunctionFailure.Cause
        let text: String
        let code: String?
    }

    private static let id = "7c8f3f0a-0a55-4d0e-9d2b-1e0a8d1e0c55"

    @Test(arguments: [
        Row(
            payload:
                #"{"errorMessage":"Handler fails","errorType":"Exception","requestId":"\#(id)","stackTrace":["  File \"/var/task/secret.py\""]}"#,
            cause: .raised,
            text: "Handler fails",
            code: "Exception"
        ),
        Row(
            payload:
                #"{"errorMessage":"Error executing tool get_current_time: Invalid timezone: X","errorType":"ToolError","requestId":"\#(id)","stackTrace":[]}"#,
            cause: .raised,
            text: "Error executing tool get_current_time: Invalid timezone: X",
            code: "ToolError"
        ),
        Row(
            payload:
                #"{"errorMessage":"init fails","errorType":"Exception","requestId":"","stackTrace":["x"]}"#,
            cause: .raised,
            text: "init fails",
            code: "Exception"
        ),
        Row(
            payload:
                #"{"errorMessage":"Unable to import module 'x': No module named 'y'","errorType":"Runtime.ImportModuleError"}"#,
            cause: .misbuilt,
            text: "Unable to import module 'x': No module named 'y'",
            code: "Runtime.ImportModuleError"
        ),
        Row(
            payload:
                #"{"errorMessage":"Handler 'h' missing on module 'm'","errorType":"Runtime.HandlerNotFound"}"#,
            cause: .misbuilt,
            text: "Handler 'h' missing on module 'm'",
            code: "Runtime.HandlerNotFound"
        ),
        Row(
            payload:
                #"{"errorMessage":"Unable to marshal response: Object of type coroutine is not JSON serializable","errorType":"Runtime.MarshalError","requestId":"a","stackTrace":[]}"#,
            cause: .misbuilt,
            text: "Unable to marshal response: Object of type coroutine is not JSON serializable",
            code: "Runtime.MarshalError"
        ),
        Row(
            payload:
                #"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: \#(id) Error: Task timed out after 1.00 seconds"}"#,
            cause: .timedOut,
            text: "Task timed out after 1.00 seconds",
            code: "Sandbox.Timedout"
        ),
        Row(
            payload: #"{"errorMessage":"2019-03-01T12:00:00.123Z \#(id) Task timed out after 1.00 seconds"}"#,
            cause: .timedOut,
            text: "Task timed out after 1.00 seconds",
            code: nil
        ),
        Row(
            payload:
                #"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: \#(id) Error: Runtime exited with error: exit status 127"}"#,
            cause: .exited,
            text: "Runtime exited with error: exit status 127",
            code: "Runtime.ExitError"
        ),
        Row(
            payload:
                #"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: \#(id) Error: Runtime exited without providing a reason"}"#,
            cause: .exited,
            text: "Runtime exited without providing a reason",
            code: "Runtime.ExitError"
        ),
        Row(
            payload:
                #"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: \#(id) Error: Runtime exited with error: signal: killed"}"#,
            cause: .outOfMemory,
            text: "Runtime exited with error: signal: killed",
            code: "Runtime.ExitError"
        ),
        Row(
            payload:
                #"{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: \#(id) Error: Runtime exited with error: signal: killed"}"#,
            cause: .outOfMemory,
            text: "Runtime exited with error: signal: killed",
            code: "Runtime.OutOfMemory"
        ),
        Row(
            payload:
                #"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#,
            cause: .responseTooLarge,
            text: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            code: "Function.ResponseSizeTooLarge"
        ),
        Row(
            payload: #"{"errorMessage":"Error: x","errorType":"errorString"}"#,
            cause: .raised,
            text: "Error: x",
            code: "errorString"
        ),
        Row(
            payload: #"{"errorType":"Error","errorMessage":"","trace":["Error: at /var/task"]}"#,
            cause: .raised,
            text: "The function failed with Error.",
            code: "Error"
        ),
        Row(
            payload: "error running docker: no docker",
            cause: .raised,
            text: "error running docker: no docker",
            code: nil
        ),
        Row(payload: "", cause: .raised, text: "The function failed without a message.", code: nil),
        Row(payload: "{}", cause: .raised, text: "The function failed without a message.", code: nil),
        Row(
            payload: #"{"errorMessage":{"a":1},"stackTrace":"secret"}"#,
            cause: .raised,
            text: "The function failed without a message.",
            code: nil
        ),
    ])
    func `every payload of a failed invocation has readable words and never the stack`(_ row: Row) {
        let bytes = Array(row.payload.utf8)
        let failure = FunctionFailure(bytes.span, payload: 0..<bytes.count)
        #expect(failure == FunctionFailure(cause: row.cause, text: row.text, code: row.code))
        for contract in [Contract.mcpWrapper, .jsonrpc] {
            let members = read(contract, row.payload, isFunctionError: true)
            #expect(
                members.contains(#""isError":true"#) && !members.contains("secret")
                    && !members.contains(Self.id)
            )
        }
    }

    @Test
    func `a request id goes beside the code`() {
        func members(_ payload: String) -> String {
            let bytes = Array(payload.utf8)
            let answer = Contract.jsonrpc.readCallAnswer(
                bytes,
                payload: 0..<bytes.count,
                isFunctionError: true
            )
            var out = ByteBuffer()
            #expect(answer.appendResultMembers(requestID: "r-1", to: &out))
            return out.text
        }
        #expect(
            members(#"{"errorType":"E","errorMessage":"m"}"#)
                == #""content":[{"type":"text","text":"m"}],"isError":true,"#
                + #""_meta":{"mcp-gateway/error":{"code":"E","requestId":"r-1"}}"#
        )
        #expect(members("x").hasSuffix(#""_meta":{"mcp-gateway/error":{"requestId":"r-1"}}"#))
    }
}
