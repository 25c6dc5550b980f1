/// A failed call, as its caller gets it: a text for the model, and fixed words for programs in
/// `_meta["mcp-gateway/error"]`.
package struct CallFailure: Sendable, Equatable {
    /// One line or a few; never a stack trace.
    package var text: String
    /// One of the documented words.
    package var code: String
    /// The function's name for its error, e.g. `KeyError`.
    package var type: String?
    /// The HTTP-like status that the function answered with.
    package var status: Int?
    /// The upstream's id of the request.
    package var requestID: String?

    package init(
        text: String,
        code: String,
        type: String? = nil,
        status: Int? = nil,
        requestID: String? = nil
    ) {
        self.text = text
        self.code = code
        self.type = type
        self.status = status
        self.requestID = requestID
    }
}
