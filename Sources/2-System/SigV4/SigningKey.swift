package import Bytes
import Crypto

/// A signer's credential: an access key id, its secret, and the session token when they are temporary.
package struct SigningCredential: Sendable, Equatable {
    package let accessKeyID: String
    package let secret: Secret
    package let sessionToken: String?

    package init(accessKeyID: String, secret: Secret, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.sessionToken = sessionToken
    }

    /// - Throws: when the access key id or the session token can't stand in a request's head: a line break in one of them
    ///   would begin a field of its own. The secret is never written.
    package func check() throws(SigningCredentialError) {
        guard Self.isPlain(accessKeyID) else { throw SigningCredentialError(part: "the access key id") }
        guard sessionToken.map({ Self.isPlain($0) }) ?? true else {
            throw SigningCredentialError(part: "the session token")
        }
    }

    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { 0x21...0x7E ~= $0 } }
}

/// The part of a credential that holds a character that it can't have; the character isn't named, as it is secret.
package struct SigningCredentialError: Error, Equatable, Sendable, CustomStringConvertible {
    package let part: String

    package var description: String {
        "\(part) holds white space, a line break or another character that it can't have"
    }
}

/// The scope of a signing key: one day, one region, one service.
struct Scope: Sendable, Equatable {
    let date: String
    let region: String
    let service: String

    /// `20150830/us-east-1/lambda/aws4_request`
    var text: String { "\(date)/\(region)/\(service)/\(terminator)" }

    /// The key of this scope, good until the day ends. Four HMACs.
    /// Source: "Derive a signing key", Signature Version 4
    func key(secret: Secret) -> HMACKey {
        var key = HMACKey(Array("AWS4".utf8) + secret.revealed)
        for part in [date, region, service, terminator] { key = HMACKey(key.authenticate(part)) }
        return key
    }

    /// The text whose HMAC is the signature.
    func stringToSign(stamp: String, requestHash: Digest) -> String {
        "\(algorithm)\n\(stamp)\n\(text)\n\(requestHash.hex)"
    }
}
