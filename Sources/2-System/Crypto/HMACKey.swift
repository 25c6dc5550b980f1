package import Bytes

/// A key for HMAC-SHA256, with the work that depends on the key alone already done.
///
/// Immutable. A message of up to 55 bytes costs two SHA-256 blocks and no allocation. The key's state is wiped when the
/// last owner lets go.
/// Source: RFC 2104 §4
package final class HMACKey {
    private var inner = SHA256State()
    private var outer = SHA256State()

    /// - Parameter key: any length; a key longer than 64 bytes is hashed first, as the RFC says.
    package init(_ key: Span<UInt8>) {
        var block = [64 of UInt8](repeating: 0)
        if key.count > 64 {
            let hashed = SHA256.hash(key).inline
            for index in hashed.indices { block[index] = hashed[index] }
        } else {
            for index in key.indices { block[index] = key[index] }
        }
        for index in block.indices { block[index] ^= 0x36 }
        inner.update(block.span)
        for index in block.indices { block[index] ^= 0x36 ^ 0x5c }
        outer.update(block.span)
        for index in block.indices { block[index] = 0 }
    }

    deinit {
        inner.wipe()
        outer.wipe()
    }

    package convenience init(_ key: [UInt8]) { self.init(key.span) }

    package convenience init(_ digest: Digest) { self.init(digest.inline.span) }

    /// The code of `message` under this key.
    package func authenticate(_ message: Span<UInt8>) -> Digest {
        var working = inner
        working.update(message)
        let digest = working.finish()
        working = outer
        working.update(digest.inline.span)
        return working.finish()
    }

    package func authenticate(_ message: String) -> Digest { authenticate(message.utf8.span) }

    /// Whether `code` is the code of `message`, compared in constant time. A code of another length is refused.
    package func isValid(_ code: Span<UInt8>, for message: Span<UInt8>) -> Bool {
        constantTimeEquals(authenticate(message).inline.span, code)
    }
}
