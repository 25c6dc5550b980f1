import Bytes

/// Hides texts from those who hold them for the gateway, and recognises them when they come back.
///
/// A text is encrypted with HMAC-SHA256 in counter mode under a random nonce, and then authenticated together with what it
/// is bound to. The keys are derived from one secret, so all servers that have it can open what one of them sealed.
/// Any thread; costs a hash of two blocks for each 32 bytes.
/// Source: NIST SP 800-38A §6.5; NIST SP 800-108 (key derivation)
package struct Seal: Sendable {
    private static let nonceBytes = 12
    private static let codeBytes = 16

    private let encryption: Digest
    private let authentication: Digest

    /// - Parameters:
    ///   - secret: what the keys are derived from.
    ///   - purpose: what is sealed, such as `portal place`; what is sealed for one purpose doesn't open for another.
    package init(secret: [UInt8], purpose: String) {
        let key = HMACKey(secret)
        encryption = key.authenticate("mcp-gateway \(purpose) encryption v1")
        authentication = key.authenticate("mcp-gateway \(purpose) authentication v1")
    }

    /// The sealed text, of `[A-Za-z0-9_-]`: four characters for every three bytes, and 38 more.
    /// - Parameter context: what the text is bound to; of one length for one purpose, so that its end is plain.
    package func seal(_ plain: Span<UInt8>, boundTo context: [UInt8]) -> String {
        var sealed = ByteBuffer(capacity: plain.count + Self.nonceBytes + Self.codeBytes)
        sealed.append(contentsOf: randomBytes(Self.nonceBytes))
        sealed.append(plain)
        crypt(&sealed.bytes, from: Self.nonceBytes)
        let code = code(of: sealed.bytes.span, context)
        sealed.append(code.inline.span.extracting(0..<Self.codeBytes))
        return Base64.url.encode(sealed.bytes)
    }

    /// The bytes that were sealed; nil for a text that wasn't sealed for this purpose and this context.
    package func open(_ text: Span<UInt8>, boundTo context: [UInt8]) -> [UInt8]? {
        guard var bytes = Base64.url.decode(text), bytes.count >= Self.nonceBytes + Self.codeBytes else {
            return nil
        }
        let end = bytes.count - Self.codeBytes
        let code = code(of: bytes.span.extracting(0..<end), context)
        guard
            constantTimeEquals(
                code.inline.span.extracting(0..<Self.codeBytes),
                bytes.span.extracting(end..<bytes.count)
            )
        else { return nil }
        bytes.removeLast(Self.codeBytes)
        crypt(&bytes, from: Self.nonceBytes)
        bytes.removeFirst(Self.nonceBytes)
        return bytes
    }

    private func code(of sealed: Span<UInt8>, _ context: [UInt8]) -> Digest {
        var message = ByteBuffer(capacity: context.count + sealed.count)
        message.append(contentsOf: context)
        message.append(sealed)
        return HMACKey(authentication).authenticate(message.bytes.span)
    }

    /// Encrypts and decrypts what stands behind the nonce.
    private func crypt(_ bytes: inout [UInt8], from first: Int) {
        let key = HMACKey(encryption)
        var counter = Array(bytes[..<first])
        counter.append(contentsOf: [UInt8](repeating: 0, count: 8))
        for start in stride(from: first, to: bytes.count, by: 32) {
            let place = UInt64(start - first)
            for index in 0..<8 {
                counter[first + index] = UInt8(truncatingIfNeeded: place >> (8 * UInt64(index)))
            }
            let block = key.authenticate(counter.span).inline
            for index in start..<min(start + 32, bytes.count) { bytes[index] ^= block[index - start] }
        }
    }
}
