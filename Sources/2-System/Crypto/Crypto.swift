// Crypto: hashes, message authentication, random bytes and the text forms of binary values, over OpenSSL's libcrypto.
//
//   Depends on   Bytes, COpenSSL (libcrypto 3)
//   Used by      SigV4, AWS, Store, LocalLambda, Gateway
//   Start at     SHA256.hash(_:), HMACKey

import COpenSSL

/// Stops the process when libcrypto reports a failure that only exhausted memory or a broken installation can cause.
@inline(__always)
func require(_ result: CInt, _ call: StaticString) {
    guard result == 1 else { fatalError("libcrypto failed in \(call)") }
}

/// Whether two runs of bytes are the same, in a time that depends only on their lengths.
///
/// Use it for every comparison with a secret. Different lengths answer `false` at once.
package func constantTimeEquals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    if left.isEmpty { return true }
    return left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
            guard let first = left.baseAddress, let second = right.baseAddress else { return false }
            return CRYPTO_memcmp(first, second, left.count) == 0
        }
    }
}

/// Whether two texts have the same UTF-8, in a time that depends only on their lengths.
package func constantTimeEquals(_ left: String, _ right: String) -> Bool {
    constantTimeEquals(left.utf8.span, right.utf8.span)
}

/// Unpredictable bytes from libcrypto's generator, fit for keys and tokens.
package func randomBytes(_ count: Int) -> [UInt8] {
    if count == 0 { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        require(RAND_bytes(buffer.baseAddress, CInt(count)), "RAND_bytes")
        initialized = count
    }
}
