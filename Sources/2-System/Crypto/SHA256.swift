package import Bytes
import COpenSSL

/// One-shot SHA-256. Any thread; each call makes and frees one small libcrypto context.
///
/// A loop that hashes on every request keeps a `SHA256Hasher` instead.
/// Source: FIPS 180-4, https://docs.openssl.org/3.0/man3/EVP_DigestInit/
package enum SHA256 {
    package static func hash(_ bytes: Span<UInt8>) -> Digest {
        digest { out in
            bytes.withUnsafeBufferPointer { bytes in
                require(EVP_Digest(bytes.baseAddress, bytes.count, out, nil, sha256Method, nil), "EVP_Digest")
            }
        }
    }

    package static func hash(_ bytes: [UInt8]) -> Digest { hash(bytes.span) }

    /// The hash of `bytes[range]`. The range must lie inside `bytes`.
    package static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Digest {
        hash(bytes.span.extracting(range))
    }

    /// The hash of the text's UTF-8.
    package static func hash(_ text: String) -> Digest { hash(text.utf8.span) }
}

/// A SHA-256 computation whose context is used again and again.
///
/// Not `Sendable`: it stays with its owner, one per loop.
package final class SHA256Hasher {
    private let context = Context()

    package init() {}

    /// The hash of one run of bytes; forgets an unfinished `update`.
    package func hash(_ bytes: Span<UInt8>) -> Digest {
        context.begin()
        context.update(bytes)
        return context.finish()
    }

    /// Starts a hash that is fed in parts.
    package func begin() { context.begin() }

    /// Adds bytes to the hash started with `begin`.
    package func update(_ bytes: Span<UInt8>) { context.update(bytes) }

    /// The hash of all bytes since `begin`.
    package func finish() -> Digest { context.finish() }
}

/// One `EVP_MD_CTX`, freed (and its state wiped) with its owner.
final class Context {
    private let handle: OpaquePointer

    init() {
        guard let handle = EVP_MD_CTX_new() else { fatalError("libcrypto failed in EVP_MD_CTX_new") }
        self.handle = handle
    }

    deinit { EVP_MD_CTX_free(handle) }

    func begin() { require(EVP_DigestInit_ex2(handle, sha256Method, nil), "EVP_DigestInit_ex2") }

    /// Continues from the state that `other` is in.
    func begin(from other: Context) {
        require(EVP_MD_CTX_copy_ex(handle, other.handle), "EVP_MD_CTX_copy_ex")
    }

    func update(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { bytes in
            require(EVP_DigestUpdate(handle, bytes.baseAddress, bytes.count), "EVP_DigestUpdate")
        }
    }

    func finish() -> Digest {
        digest { out in require(EVP_DigestFinal_ex(handle, out, nil), "EVP_DigestFinal_ex") }
    }
}

/// A digest whose 32 bytes `write` fills.
private func digest(_ write: (UnsafeMutablePointer<UInt8>?) -> Void) -> Digest {
    var bytes = [32 of UInt8](repeating: 0)
    var span = bytes.mutableSpan
    span.withUnsafeMutableBufferPointer { write($0.baseAddress) }
    return Digest(inline: bytes)
}
