import Bytes
import COpenSSL
import Crypto
package import JSON

/// A throw-away private key that signs tokens as an issuer does. It is made with OpenSSL alone, so that tests check
/// what the gateway reads with another library.
///
/// `@unchecked`: the key is only read after `init`.
package final class SigningKey: @unchecked Sendable {
    package enum Kind: Sendable { case rsa(bits: Int), p256, p384, ed25519 }

    package struct Failure: Error {
        package let call: String
    }

    package let id: String
    private let kind: Kind
    private let key: OpaquePointer

    /// An RSA key of 2,048 bits takes about 0.1 s, the others almost no time.
    package init(_ kind: Kind, id: String) throws {
        self.id = id
        self.kind = kind
        let name =
            switch kind {
            case .rsa: "RSA"
            case .p256, .p384: "EC"
            case .ed25519: "ED25519"
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil), EVP_PKEY_keygen_init(context) == 1
        else { throw Failure(call: "EVP_PKEY_keygen_init") }
        defer { EVP_PKEY_CTX_free(context) }
        switch kind {
        case .rsa(let bits): EVP_PKEY_CTX_set_rsa_keygen_bits(context, CInt(bits))
        case .p256: EVP_PKEY_CTX_set_group_name(context, "P-256")
        case .p384: EVP_PKEY_CTX_set_group_name(context, "P-384")
        case .ed25519: break
        }
        var made: OpaquePointer?
        guard EVP_PKEY_generate(context, &made) == 1, let made else {
            throw Failure(call: "EVP_PKEY_generate")
        }
        key = made
    }

    deinit { EVP_PKEY_free(key) }

    /// The public key as a member of a set's `keys`; `more` adds members or replaces the key's own.
    package func jwk(_ more: [(String, JSONValue)] = []) throws -> JSONValue {
        var members: [(String, JSONValue)] = [("kid", .string(id)), ("use", "sig")]
        switch kind {
        case .rsa:
            members += [
                ("kty", "RSA"), ("n", try number("n", bytes: nil)), ("e", try number("e", bytes: nil)),
            ]
        case .p256:
            members += [
                ("kty", "EC"), ("crv", "P-256"), ("x", try number("qx", bytes: 32)),
                ("y", try number("qy", bytes: 32)),
            ]
        case .p384:
            members += [
                ("kty", "EC"), ("crv", "P-384"), ("x", try number("qx", bytes: 48)),
                ("y", try number("qy", bytes: 48)),
            ]
        case .ed25519:
            var point = [UInt8](repeating: 0, count: 32)
            var count = 32
            guard EVP_PKEY_get_raw_public_key(key, &point, &count) == 1 else {
                throw Failure(call: "EVP_PKEY_get_raw_public_key")
            }
            members += [
                ("kty", "OKP"), ("crv", "Ed25519"), ("x", .string(Base64.url.encode(point.span) as String)),
            ]
        }
        return .object(JSONObject(members + more))
    }

    /// A token with `payload`. Its header holds `alg`, `kid` and further members, which may replace those two.
    package func token(
        _ payload: String,
        algorithm: String? = nil,
        header more: [(String, JSONValue)] = []
    ) throws -> String {
        let algorithm = algorithm ?? usualAlgorithm
        let header = JSONObject([("alg", .string(algorithm)), ("kid", .string(id))] + more)
        return try token(rawHeader: JSONValue.object(header).text, payload, algorithm: algorithm)
    }

    /// A token whose header is this text.
    package func token(rawHeader: String, _ payload: String, algorithm: String) throws -> String {
        let signed = "\(encoded(Array(rawHeader.utf8))).\(encoded(Array(payload.utf8)))"
        return "\(signed).\(encoded(try signature(of: Array(signed.utf8), algorithm)))"
    }

    package var usualAlgorithm: String {
        switch kind {
        case .rsa: "RS256"
        case .p256: "ES256"
        case .p384: "ES384"
        case .ed25519: "EdDSA"
        }
    }

    private func encoded(_ bytes: [UInt8]) -> String { Base64.url.encode(bytes.span) }

    private func number(_ name: String, bytes: Int?) throws -> JSONValue {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &number) == 1, let number else {
            throw Failure(call: "EVP_PKEY_get_bn_param \(name)")
        }
        defer { BN_free(number) }
        let count = bytes ?? (Int(BN_num_bits(number)) + 7) / 8
        var out = [UInt8](repeating: 0, count: count)
        BN_bn2binpad(number, &out, CInt(count))
        return .string(encoded(out))
    }

    private func signature(of message: [UInt8], _ algorithm: String) throws -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw Failure(call: "EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        var parameters: OpaquePointer?
        let digest: OpaquePointer? =
            switch algorithm.suffix(3) {
            case "256": EVP_sha256()
            case "384": EVP_sha384()
            case "512": EVP_sha512()
            default: nil
            }
        guard EVP_DigestSignInit(context, &parameters, digest, nil, key) == 1 else {
            throw Failure(call: "EVP_DigestSignInit")
        }
        if algorithm.hasPrefix("PS") {
            EVP_PKEY_CTX_set_rsa_padding(parameters, CInt(RSA_PKCS1_PSS_PADDING))
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, CInt(RSA_PSS_SALTLEN_DIGEST))
        }
        var out = [UInt8](repeating: 0, count: 1024)
        var count = out.count
        guard EVP_DigestSign(context, &out, &count, message, message.count) == 1 else {
            throw Failure(call: "EVP_DigestSign")
        }
        let signature = Array(out.prefix(count))
        switch kind {
        case .p256: return try raw(signature, coordinateBytes: 32)
        case .p384: return try raw(signature, coordinateBytes: 48)
        default: return signature
        }
    }

    /// The two numbers of the signature side by side, as RFC 7518 §3.4 requires, instead of OpenSSL's DER.
    private func raw(_ der: [UInt8], coordinateBytes: Int) throws -> [UInt8] {
        let parsed = der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_ECDSA_SIG(nil, &start, bytes.count)
        }
        guard let parsed else { throw Failure(call: "d2i_ECDSA_SIG") }
        defer { ECDSA_SIG_free(parsed) }
        var out: [UInt8] = []
        for number in [ECDSA_SIG_get0_r(parsed), ECDSA_SIG_get0_s(parsed)] {
            var part = [UInt8](repeating: 0, count: coordinateBytes)
            BN_bn2binpad(number, &part, CInt(coordinateBytes))
            out += part
        }
        return out
    }
}

extension SigningKey {
    /// A key set's document.
    package static func set(_ keys: [JSONValue]) -> String {
        JSONValue.object(JSONObject([("keys", .array(keys))])).text
    }
}
