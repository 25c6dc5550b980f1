import Bytes
import HTTPClient
import JSON

extension LambdaError {
    /// The error of a 200 response with `X-Amz-Function-Error`, or of a stream that ended with an error.
    ///
    /// The function's runtime wrote the payload, so anything is possible: no JSON, no message, no type.
    /// - Parameters:
    ///   - code: Lambda's word for the error of a stream.
    ///   - logTail: the end of the function's log, where it isn't in the response's head.
    init(functionFailure response: ClientResponse, code: String? = nil, logTail: String? = nil) {
        let body = ErrorBody(response)
        // Lambda's own errors have two words, such as Sandbox.Timedout.
        let type = body.text("errorType") ?? code.flatMap { $0.contains(".") ? $0 : nil }
        let message = body.text("errorMessage") ?? body.rawText
        let kind = FunctionFailure.Kind(
            errorType: type,
            message: message,
            isBeforeAnyRequest: body.text("requestId") == ""
        )
        self.init(
            kind: .function(FunctionFailure(kind: kind, errorType: type, errorMessage: message)),
            code: type ?? code ?? response.header("x-amz-function-error") ?? "",
            message: message,
            requestID: response.requestID,
            status: response.status,
            logTail: logTail ?? response.logTail,
            executedVersion: response.executedVersion
        )
    }
}

extension FunctionFailure.Kind {
    /// Source: Lambda's runtime interface client and emulator, responses recorded from AWS
    init(errorType: String?, message: String, isBeforeAnyRequest: Bool) {
        switch errorType {
        case "Sandbox.Timedout": self = .timedOut
        // Until 2025 a timeout had no error type.
        case nil where message.contains(" Task timed out after "): self = .timedOut
        case "Runtime.OutOfMemory": self = .outOfMemory
        case "Runtime.ExitError", "Runtime.Unknown", "Extension.Crash": self = .exited
        case "Runtime.ImportModuleError", "Runtime.HandlerNotFound", "Runtime.MalformedHandlerName",
            "Runtime.UserCodeSyntaxError", "Runtime.BuiltInModuleConflict", "Runtime.InvalidEntrypoint",
            "Runtime.InvalidWorkingDir", "Extension.InitError", "Extension.LaunchError",
            "Extension.ExitError":
            self = .initialization
        case "Runtime.MarshalError": self = .unsendableAnswer
        case "Runtime.UnmarshalError": self = .unreadablePayload
        case "Function.ResponseSizeTooLarge": self = .answerTooLarge
        // A module that raises an error while it's loaded has no request id yet.
        default: self = isBeforeAnyRequest ? .initialization : .raised
        }
    }
}

/// The body of an error: a JSON object, or any other text.
struct ErrorBody {
    private static let textBytesMax = 16 << 10

    private let response: ClientResponse
    private let object: Range<Int>?

    init(_ response: ClientResponse) {
        self.response = response
        let bytes = response.bytes.span
        let value = try? JSON.validate(bytes, in: response.body)  // any other body leaves `object` nil
        object = value.flatMap { JSON.kind(bytes, at: $0) == .object ? $0 : nil }
    }

    /// The text of a string member, cut at 16 KiB.
    func text(_ name: StaticString) -> String? {
        let bytes = response.bytes.span
        guard let object, let value = JSON.member(name, of: object, in: bytes),
            let text = JSON.string(bytes, at: value)
        else { return nil }
        return cut(text)
    }

    /// The body as text, cut at 16 KiB, for when it has no message; empty for a web page.
    var rawText: String {
        let type = response.header("content-type") ?? ""
        if type.contains("html") { return "" }
        let start = response.body.lowerBound
        let end = min(response.body.upperBound, start + Self.textBytesMax)
        return response.bytes.span.text(start..<end)
    }

    private func cut(_ text: String) -> String {
        if text.utf8.count <= Self.textBytesMax { return text }
        return String(decoding: text.utf8.prefix(Self.textBytesMax), as: UTF8.self) + "…"
    }
}
