package import Bytes
import JSON

/// A failure of the function that the service reports on its behalf, as the answer's payload.
///
/// The answer's status is still 200, with `X-Amz-Function-Error: Unhandled`. An error that the function itself reports
/// is passed on unchanged and isn't one of these. Source: recorded answers of AWS (test vectors `lambda-snapshots`).
package enum FunctionError: Equatable, Sendable {
    case timedOut(seconds: Int)
    case exited(ExitReason)
    case responseTooLarge(bytesMax: Int)
    /// The runtime's streamed response broke off.
    case truncated
    /// The command could not be started at all.
    case notStarted(why: String)

    /// How a runtime process ended before it answered.
    package enum ExitReason: Equatable, Sendable {
        case code(Int)
        case signal(Int)
    }

    package static let responseBytesMax = 6 * 1024 * 1024 + 100
    /// What a function may stream in one answer. Source: AWS Lambda developer guide, "Response streaming", limits
    package static let streamBytesMax = 200 * 1024 * 1024

    package var errorType: String {
        switch self {
        case .timedOut: "Sandbox.Timedout"
        case .exited: "Runtime.ExitError"
        case .responseTooLarge: "Function.ResponseSizeTooLarge"
        case .truncated: "Runtime.TruncatedResponse"
        case .notStarted: "Runtime.InvalidEntrypoint"
        }
    }

    /// The error message for the invocation with that id.
    package func message(requestID: String) -> String {
        switch self {
        case .responseTooLarge: words
        case .timedOut, .exited, .truncated, .notStarted: "RequestId: \(requestID) Error: \(words)"
        }
    }

    /// The error message without the request id.
    var words: String {
        switch self {
        case .timedOut(let seconds): "Task timed out after \(seconds).00 seconds"
        case .exited(let reason): reason.text
        case .responseTooLarge(let bytesMax):
            "Response payload size exceeded maximum allowed payload size (\(bytesMax) bytes)."
        case .truncated: "Runtime closed its connection within the response"
        case .notStarted(let why): why
        }
    }

    package func payload(requestID: String) -> ByteBuffer {
        var out = ByteBuffer()
        out.append("{\"errorType\":")
        JSON.appendString(errorType, to: &out)
        out.append(",\"errorMessage\":")
        JSON.appendString(message(requestID: requestID), to: &out)
        out.append("}")
        return out
    }

    /// The text about the error in the REPORT line, without the leading tab; nil when the line doesn't mention it.
    package var reportSuffix: String? {
        switch self {
        case .timedOut: "Status: timeout"
        case .exited, .truncated, .notStarted: "Status: error\tError Type: \(errorType)"
        case .responseTooLarge: nil
        }
    }
}

extension FunctionError.ExitReason {
    var text: String {
        switch self {
        case .code(0): "Runtime exited without providing a reason"
        case .code(let code): "Runtime exited with error: exit status \(code)"
        case .signal(let number): "Runtime exited with error: signal: \(Self.name(number))"
        }
    }

    /// The names that AWS's supervisor, written in Go, prints. Source: Go's syscall package, linux signal table.
    private static func name(_ number: Int) -> String {
        let names = [
            1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace/breakpoint trap",
            6: "aborted", 7: "bus error", 8: "floating point exception", 9: "killed",
            10: "user defined signal 1", 11: "segmentation fault", 12: "user defined signal 2",
            13: "broken pipe", 14: "alarm clock", 15: "terminated",
        ]
        return names[number] ?? "signal \(number)"
    }
}
