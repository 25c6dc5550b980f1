/// Why a message isn't HTTP/1.1 according to RFC 9112.
package enum ParseError: Error, Equatable, Sendable {
    /// Not well-formed; the text says what is wrong, for the log.
    case malformed(String)
    /// The head is larger than allowed.
    case headTooLarge
    /// The body is larger than allowed.
    case bodyTooLarge
    /// HTTP/2.0, HTTP/3 or an unknown major version.
    case unsupportedVersion
    /// A transfer coding other than `chunked`.
    case unsupportedCoding
    /// An `Expect` other than `100-continue`.
    case unknownExpectation

    /// The status a server answers with before it closes. Source: RFC 9110 §15.
    package var status: Int {
        switch self {
        case .malformed: 400
        case .headTooLarge: 431
        case .bodyTooLarge: 413
        case .unsupportedVersion: 505
        case .unsupportedCoding: 501
        case .unknownExpectation: 417
        }
    }
}

/// Whether a parser has seen enough bytes.
package enum Progress: Equatable, Sendable {
    case incomplete
    /// Done; the next message starts at this offset.
    case done(Int)
}
