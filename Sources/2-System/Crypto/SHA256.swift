package import Bytes
import COpenSSL

/// One-shot SHA-256. Any thread; no allocation.
///
/// Source: FIPS 180-4
package enum SHA256 {
    package static func hash(_ bytes: Span<UInt8>) -> Digest {
        var state = SHA256State()
        state.update(bytes)
        return state.finish()
    }

    package static func hash(_ bytes: [UInt8]) -> Digest { hash(bytes.span) }

    /// The hash of `bytes[range]`. The range must lie inside `bytes`.
    package static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Digest {
        hash(bytes.span.extracting(range))
    }

    /// The hash of the text's UTF-8.
    package static func hash(_ text: String) -> Digest { hash(text.utf8.span) }
}

/// A SHA-256 computation that is fed in parts. A value of 112 bytes, so that a copy goes on from the same state.
struct SHA256State {
    private var state = SHA256_CTX()

    init() { begin() }

    /// Starts anew; forgets an unfinished hash.
    mutating func begin() { require(shim_SHA256_Init(&state), "SHA256_Init") }

    /// Adds bytes to the hash.
    mutating func update(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { bytes in
            require(shim_SHA256_Update(&state, bytes.baseAddress, bytes.count), "SHA256_Update")
        }
    }

    /// The hash of all bytes since `begin`. Only `begin` may follow.
    mutating func finish() -> Digest {
        var bytes = [32 of UInt8](repeating: 0)
        var span = bytes.mutableSpan
        span.withUnsafeMutableBufferPointer { out in
            guard let first = out.baseAddress else { return }
            require(shim_SHA256_Final(first, &state), "SHA256_Final")
        }
        return Digest(inline: bytes)
    }

    /// Overwrites the state, in a way that the compiler does not remove.
    mutating func wipe() { OPENSSL_cleanse(&state, MemoryLayout<SHA256_CTX>.size) }
}
