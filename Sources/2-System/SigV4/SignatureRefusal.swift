import Bytes

/// Why a server doesn't accept a request, in AWS's own codes and words.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html and the common errors of
/// the Lambda API
package struct SignatureRefusal: Error, Equatable, Sendable {
    package let status: Int
    package let code: String
    package let message: String

    static let missing = SignatureRefusal(
        status: 403,
        code: "MissingAuthenticationTokenException",
        message: "Missing Authentication Token"
    )
    static let unknownKey = SignatureRefusal(
        status: 403,
        code: "UnrecognizedClientException",
        message: "The security token included in the request is invalid."
    )
    static let mismatch = invalid(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
            + "Key and signing method. Consult the service documentation for details."
    )

    static func incomplete(_ message: String) -> SignatureRefusal {
        SignatureRefusal(status: 403, code: "IncompleteSignatureException", message: message)
    }

    static func invalid(_ message: String) -> SignatureRefusal {
        SignatureRefusal(status: 403, code: "InvalidSignatureException", message: message)
    }
}
