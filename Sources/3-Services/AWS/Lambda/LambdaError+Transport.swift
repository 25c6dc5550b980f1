import HTTPClient

extension LambdaError {
    /// The error of a call for which the HTTP client got no response.
    init(_ error: HTTPClientError) {
        switch error {
        case .resolve, .connect, .tls: self.init(error, .unreachable, isRetryable: true)
        case .timedOut(let phase): self.init(error, .timedOut, isRetryable: phase != .responding)
        case .closedEarly(let nothingProcessed): self.init(error, .interrupted, isRetryable: nothingProcessed)
        case .malformed: self.init(error, .malformedAnswer, isRetryable: false)
        case .tooLarge: self.init(error, .tooLarge(.answer), isRetryable: false)
        case .cancelled: self.init(error, .cancelled, isRetryable: false)
        case .overloaded: self.init(error, .overloaded, isRetryable: true)
        case .unsendable: self.init(error, .invalidRequest, isRetryable: false)
        }
    }

    private init(_ error: HTTPClientError, _ kind: Kind, isRetryable: Bool) {
        self.init(
            kind: kind,
            code: "",
            message: error.description,
            isRetryableBeforeExecution: isRetryable
        )
    }
}
