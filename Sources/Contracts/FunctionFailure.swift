import Bytes
import JSON

/// Why a function did not answer, from the payload that Lambda sends with `X-Amz-Function-Error`.
///
/// Never holds the stack trace. Source: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
package struct FunctionFailure: Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// The function's own code raised.
        case raised
        /// The function ran into its own timeout.
        case timedOut
        /// The process ended.
        case exited
        case outOfMemory
        case responseTooLarge
        /// The function could not be loaded or its answer not be written: a fault of its deployment.
        case misbuilt
    }

    package let cause: Cause
    /// The error's message, without Lambda's request id in front.
    package let text: String
    /// The error's type as the function or Lambda names it.
    package let code: String?

    package init(cause: Cause, text: String, code: String?) {
        self.cause = cause
        self.text = text
        self.code = code
    }

    /// Reads the payload of a failed invocation, whatever it is.
    package init(_ bytes: Span<UInt8>, payload: Range<Int>) {
        guard let value = try? JSON.validate(bytes, in: payload), JSON.kind(bytes, at: value) == .object
        else {
            let text = trimmed(readable(bytes.text(payload.prefix(16 * 1024))))
            self.init(
                cause: Self.cause(nil, text),
                text: text.isEmpty ? "The function failed without a message." : text,
                code: nil
            )
            return
        }
        func member(_ name: StaticString) -> String? {
            guard let range = JSON.member(name, of: value, in: bytes),
                let text = JSON.string(bytes, at: range)
            else { return nil }
            let kept = trimmed(readable(text))
            return kept.isEmpty ? nil : kept
        }
        let code = member("errorType").map { String($0.prefix(200)) }
        let message = member("errorMessage").map(withoutRequestID)
        let text =
            message ?? code.map { "The function failed with \($0)." }
            ?? "The function failed without a message."
        self.init(cause: Self.cause(code, text), text: text, code: code)
    }

    private static func cause(_ code: String?, _ text: String) -> Cause {
        switch code {
        case "Sandbox.Timedout": return .timedOut
        case "Runtime.OutOfMemory": return .outOfMemory
        case "Runtime.ExitError":
            // Lambda kills a process that takes more than its memory.
            return text.hasSuffix("signal: killed") ? .outOfMemory : .exited
        case "Function.ResponseSizeTooLarge": return .responseTooLarge
        case "Runtime.ImportModuleError", "Runtime.HandlerNotFound", "Runtime.MalformedHandlerName",
            "Runtime.UserCodeSyntaxError", "Runtime.BuiltInModuleConflict", "Runtime.MarshalError",
            "Runtime.UnmarshalError", "Runtime.InvalidEntrypoint":
            return .misbuilt
        case nil where isTimeout(text): return .timedOut
        default: return .raised
        }
    }

    /// Before 2025 a timeout had no type, only `<date> <id> Task timed out after 3.00 seconds`.
    private static func isTimeout(_ text: String) -> Bool {
        text.hasPrefix("Task timed out after ") && text.hasSuffix(" seconds")
    }
}

/// The message without `RequestId: <id> Error: ` or `<date> <id> ` in front: the id is reported elsewhere.
private func withoutRequestID(_ message: String) -> String {
    if message.hasPrefix("RequestId: ") {
        let parts = message.split(separator: " ", maxSplits: 3)
        if parts.count == 4, parts[2] == "Error:" { return String(parts[3]) }
    }
    let parts = message.split(separator: " ", maxSplits: 2)
    if parts.count == 3, parts[2].hasPrefix("Task timed out after ") {
        return String(parts[2])
    }
    return message
}

/// Without white space at both ends.
func trimmed(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    let end = start.reversed().prefix { $0.isWhitespace }.count
    return String(start.dropLast(end))
}
