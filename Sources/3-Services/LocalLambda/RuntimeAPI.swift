import Bytes
import HTTP
import HTTPServer

/// The Runtime API that one process's runtime uses.
///
/// Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", version 2018-06-01
final class RuntimeAPI: TaskHandler {
    private let process: FunctionProcess

    init(process: FunctionProcess) { self.process = process }

    func handle(_ exchange: Exchange) async {
        let request = exchange.request
        let path = request.path.split(separator: "/")
        guard path.first == "2018-06-01", path.count >= 4, path[1] == "runtime" else {
            return exchange.respond(Self.notFound)
        }
        let words = path.dropFirst(2).map(String.init)
        if case .post = request.head.method, words.count == 3, words[0] == "invocation",
            words[2] == "response",
            request.header("lambda-runtime-function-response-mode") == "streaming", let body = exchange.body
        {
            return exchange.respond(await process.answer(words[1], streaming: body))
        }
        guard let body = await Self.whole(exchange) else { return exchange.respond(Self.brokenBody) }
        switch (request.head.method, words) {
        case (.get, ["invocation", "next"]):
            // If nil, the process has ended or abandoned its request, so nobody reads the answer.
            exchange.respond(await process.next(exchange) ?? Self.invalidState)
        case (.post, let words) where words.count == 3 && words[0] == "invocation" && words[2] == "response":
            exchange.respond(process.answer(words[1], body: body, isError: false))
        case (.post, let words) where words.count == 3 && words[0] == "invocation" && words[2] == "error":
            exchange.respond(process.answer(words[1], body: body, isError: true))
        case (.post, ["init", "error"]): exchange.respond(process.initError(body: body))
        case (_, ["restore", "next"]), (_, ["restore", "error"]): exchange.respond(Self.invalidState)
        default: exchange.respond(Self.notFound)
        }
    }

    /// The body, whether it comes in chunks or not; nil when it breaks off. Of one that is too large in any case, the rest
    /// is read and dropped.
    private static func whole(_ exchange: Exchange) async -> ByteBuffer? {
        guard let body = exchange.body else {
            return ByteBuffer(exchange.request.bytes, exchange.request.body)
        }
        var whole = ByteBuffer()
        do throws(BodyBroken) {
            while let piece = try await body.next() {
                if whole.count <= FunctionError.responseBytesMax { whole.append(contentsOf: piece.bytes) }
            }
            return whole
        } catch {
            return nil
        }
    }

    static let accepted = Response(status: 202, contentType: .json, body: ByteBuffer("{\"status\":\"OK\"}\n"))
    static let invalidRequestID = refusal(400, "InvalidRequestID", "Invalid request ID")
    static let invalidState = refusal(403, "InvalidStateTransition", "State transition is not allowed")
    static let notFound = refusal(404, "NotFound", "This Runtime API has no such resource")
    static let brokenBody = refusal(400, "InvalidRequest", "The body breaks off or is not in chunks")
    static let tooLarge = refusal(
        413,
        "RequestEntityTooLarge",
        "Exceeded maximum allowed payload size (\(FunctionError.responseBytesMax) bytes)."
    )

    private static func refusal(_ status: Int, _ type: String, _ message: String) -> Response {
        let body = ByteBuffer("{\"errorMessage\":\"\(message)\",\"errorType\":\"\(type)\"}\n")
        return Response(status: status, contentType: .json, body: body)
    }
}
