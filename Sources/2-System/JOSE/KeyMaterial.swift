import CJOSE
import COpenSSL

/// A public key in the form that the library needs to check with it.
///
/// `@unchecked`: written once, before anyone else sees it. A check only reads the key; what OpenSSL caches in it is
/// behind OpenSSL's own locks, and libcjose's reference count is never touched between `init` and `deinit`.
final class KeyMaterial: @unchecked Sendable {
    private enum Handle {
        /// cjose_jwk_t
        case cjose(OpaquePointer)
        /// EVP_PKEY
        case openSSL(OpaquePointer)
    }

    private let handle: Handle
    /// The length of a signature by this key.
    private let signatureBytes: Int

    /// - Parameters: big-endian, already found sound.
    init(modulus: [UInt8], exponent: [UInt8]) throws(JSONWebKey.Fault) {
        var (modulus, exponent) = (modulus, exponent)
        let key = modulus.withUnsafeMutableBufferPointer { n in
            exponent.withUnsafeMutableBufferPointer { e in
                var spec = cjose_jwk_rsa_keyspec()
                (spec.n, spec.nlen) = (n.baseAddress, n.count)
                (spec.e, spec.elen) = (e.baseAddress, e.count)
                return cjose_jwk_create_RSA_spec(&spec, nil)
            }
        }
        guard let key else { throw .invalid }
        handle = .cjose(key)
        signatureBytes = modulus.drop { $0 == 0 }.count
    }

    /// - Parameters: coordinates of the curve's full length; whether they are a point on it is checked here.
    init(_ kind: KeyKind, x: [UInt8], y: [UInt8]) throws(JSONWebKey.Fault) {
        var (x, y) = (x, y)
        let key = x.withUnsafeMutableBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in
                var spec = cjose_jwk_ec_keyspec()
                spec.crv = kind == .p256 ? CJOSE_JWK_EC_P_256 : CJOSE_JWK_EC_P_384
                (spec.x, spec.xlen) = (x.baseAddress, x.count)
                (spec.y, spec.ylen) = (y.baseAddress, y.count)
                return cjose_jwk_create_EC_spec(&spec, nil)
            }
        }
        ERR_clear_error()
        guard let key else { throw .invalid }
        handle = .cjose(key)
        signatureBytes = x.count * 2
    }

    /// - Parameter point: 32 bytes. Source: RFC 8032 §5.1.5
    init(ed25519 point: [UInt8]) throws(JSONWebKey.Fault) {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, point, point.count) else {
            ERR_clear_error()
            throw .invalid
        }
        handle = .openSSL(key)
        signatureBytes = 64
    }

    deinit {
        switch handle {
        case .cjose(let key): cjose_jwk_release(key)
        case .openSSL(let key): EVP_PKEY_free(key)
        }
    }

    /// Whether this key made the token's signature. The key must fit the token's algorithm.
    func isSigned(_ token: CompactJWS) -> Bool {
        guard token.signature.count == signatureBytes else { return false }
        defer { ERR_clear_error() }
        switch handle {
        case .cjose(let key): return verify(token, cjose: key)
        case .openSSL(let key): return verify(token, openSSL: key)
        }
    }

    private func verify(_ token: CompactJWS, cjose key: OpaquePointer) -> Bool {
        let jws = token.token.withUnsafeBytes { bytes in
            cjose_jws_import(bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, nil)
        }
        guard let jws else { return false }
        defer { cjose_jws_release(jws) }
        return cjose_jws_verify(jws, key, nil)
    }

    private func verify(_ token: CompactJWS, openSSL key: OpaquePointer) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return token.token.withUnsafeBufferPointer { bytes in
            EVP_DigestVerify(
                context,
                token.signature,
                token.signature.count,
                bytes.baseAddress,
                token.signed.count
            ) == 1
        }
    }
}
