// JOSE: signed tokens (JWS, compact form) checked with an issuer's public keys (JWK sets). No network, no clock.
//
//   Depends on   CJOSE (libcjose), COpenSSL (Ed25519, which libcjose lacks), JSON, Crypto, Bytes
//   Used by      OAuth
//   Start at     JSONWebKeySet.init(parsing:), CompactJWS.init(_:), JSONWebKeySet.verify(_:allowing:)
//
// The library has had memory faults on hostile input, so everything is taken apart and checked here before it gets
// there: sizes, alphabet, JSON, members that come twice, algorithm, key type, key size and signature length.

/// The signature algorithms that the gateway knows: only asymmetric ones.
///
/// There is no `none` and no HS256, so that no configuration can switch them on.
/// Source: RFC 7518 §3.1, RFC 8037 §3.1; RFC 8725 §3.1
package enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case edDSA = "EdDSA"

    /// The only kind of key that the algorithm may be used with.
    package var keyKind: KeyKind {
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .p256
        case .es384: .p384
        case .edDSA: .ed25519
        }
    }
}

/// The kind of a public key.
package enum KeyKind: String, Sendable, Hashable {
    case rsa, p256, p384, ed25519
}

/// Why a token, its signature or a key set was refused. Holds nothing of the token.
package enum JOSEError: String, Error, Sendable, Equatable, CaseIterable {
    /// Larger than the bound for it.
    case tooLarge
    /// Not three parts of strict base64url, or a header that isn't a JSON object or has a member twice.
    case malformed
    /// The header's `alg` isn't in `SignatureAlgorithm`, or not among those allowed.
    case algorithm
    /// The header asks for an extension that must be understood (`crit`, `b64`).
    case critical
    /// No key of the set has the token's key id, or none can check its algorithm.
    case unknownKey
    /// The signature is not by that key.
    case signature
    /// The document isn't a key set.
    case keySet
}
