import Bytes
import Crypto
import HTTPServer
import JSON

/// The error that ends a streamed answer: the runtime sends it in trailers, as the answer has begun.
///
/// Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", "Response streaming"
struct StreamError {
    /// As a function that doesn't stream would report it.
    let payload: ByteBuffer

    /// nil when the trailers say nothing of an error.
    init?(_ body: RequestBody) {
        self.init(
            type: body.trailer("lambda-runtime-function-error-type"),
            body: body.trailer("lambda-runtime-function-error-body")
        )
    }

    /// - Parameter body: Base64; text that isn't is taken as it is.
    init?(type: String?, body: String?) {
        guard type != nil || body != nil else { return nil }
        if let body, !body.isEmpty {
            var payload = ByteBuffer()
            payload.bytes = Base64.standard.decode(body) ?? Array(body.utf8)
            self.payload = payload
            return
        }
        var payload = ByteBuffer("{\"errorType\":")
        JSON.appendString(type ?? "", to: &payload)
        payload.append("}")
        self.payload = payload
    }
}
