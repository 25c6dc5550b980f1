import COpenSSL

/// Signatures with Ed25519: short keys, and one signature for each message and key.
///
/// Source: RFC 8032; https://docs.openssl.org/3.0/man7/EVP_PKEY-ED25519/
package enum Ed25519 {
    package static let keyBytes = 32
    package static let signatureBytes = 64

    /// A private key: 32 random bytes. It's a secret: never log or show it.
    package static func makePrivateKey() -> [UInt8] { randomBytes(keyBytes) }

    /// The public key that belongs to a private one.
    /// - Returns: nil for bytes that can't be a private key.
    package static func publicKey(of privateKey: [UInt8]) -> [UInt8]? {
        guard let key = signingKey(privateKey) else { return nil }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: keyBytes)
        var count = bytes.count
        require(EVP_PKEY_get_raw_public_key(key, &bytes, &count), "EVP_PKEY_get_raw_public_key")
        return count == keyBytes ? bytes : nil
    }

    /// The 64 bytes of the message's signature.
    /// - Returns: nil for bytes that can't be a private key.
    package static func sign(_ message: [UInt8], with privateKey: [UInt8]) -> [UInt8]? {
        guard let key = signingKey(privateKey), let context = EVP_MD_CTX_new() else { return nil }
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        var signature = [UInt8](repeating: 0, count: signatureBytes)
        var count = signature.count
        require(EVP_DigestSignInit(context, nil, nil, nil, key), "EVP_DigestSignInit")
        require(EVP_DigestSign(context, &signature, &count, message, message.count), "EVP_DigestSign")
        return signature
    }

    /// Whether the holder of the private key made `signature` of `message`. Bytes that can't be a signature or a key
    /// give `false`.
    package static func isValid(
        _ signature: [UInt8],
        of message: [UInt8],
        by publicKey: [UInt8]
    ) -> Bool {
        guard signature.count == signatureBytes, publicKey.count == keyBytes else { return false }
        defer { ERR_clear_error() }
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static func signingKey(_ privateKey: [UInt8]) -> OpaquePointer? {
        guard privateKey.count == keyBytes else { return nil }
        defer { ERR_clear_error() }
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, privateKey, privateKey.count)
    }
}
