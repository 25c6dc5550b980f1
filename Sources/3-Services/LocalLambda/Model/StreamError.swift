package import Bytes
import Crypto
import JSON

/// The error that ends a streamed answer: the runtime sends it in trailers, as the answer has begun.
///
/// Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", "Response streaming"
package struct StreamError: Equatable, Sendable {
    /// As a function that doesn't stream would report it.
    package let payload: ByteBuffer

    /// nil when the trailers say nothing of an error.
    /// - Parameters:
    ///   - type: the value of `Lambda-Runtime-Function-Error-Type`.
    ///   - body: that of `Lambda-Runtime-Function-Error-Body`, Base64; text that isn't is taken as it is.
    package init?(type: String?, body: String?) {
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
