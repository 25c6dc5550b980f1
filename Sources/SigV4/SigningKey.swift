import Bytes
package import Crypto

/// Who signs: a key pair, and the token that belongs to it when it's a temporary one.
package struct SigningCredential: Sendable, Equatable {
    package let accessKeyID: String
    package let secret: Secret
    package let sessionToken: String?

    package init(accessKeyID: String, secret: Secret, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.sessionToken = sessionToken
    }
}

/// Where and when a signing key is good: one day, one region, one service.
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

    /// What is authenticated in the end.
    func stringToSign(stamp: String, requestHash: SHA256Digest) -> String {
        "\(algorithm)\n\(stamp)\n\(text)\n\(requestHash.hex)"
    }
}
