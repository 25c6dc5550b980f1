import Bytes
import Crypto

/// Hides the places in lists of calls from the tenants that get them, because a place counts the calls of all tenants.
///
/// The text is encrypted with HMAC-SHA256 in counter mode under a random nonce, and then authenticated together with
/// its tenant's id. The keys are derived from the store's session secret, so all servers of a store can read it. Any
/// thread.
/// Source: NIST SP 800-38A §6.5; NIST SP 800-108 (key derivation)
struct PlaceSeal: Sendable {
    private static let nonceBytes = 12
    private static let codeBytes = 16
    /// The most bytes of a sealed text: a place has at most 1,024 characters.
    static let textMax = 1_536

    private let encryption: Digest
    private let authentication: Digest

    init(secret: [UInt8]) {
        let key = HMACKey(secret)
        encryption = key.authenticate("mcp-gateway portal place encryption v1")
        authentication = key.authenticate("mcp-gateway portal place authentication v1")
    }

    func seal(_ place: String, tenantID: Int64) -> String {
        var sealed = ByteBuffer(capacity: place.utf8.count + Self.nonceBytes + Self.codeBytes)
        sealed.append(contentsOf: randomBytes(Self.nonceBytes))
        sealed.append(contentsOf: crypt(Array(place.utf8), nonce: sealed.bytes[...]))
        let code = code(of: sealed.bytes[...], tenantID)
        sealed.append(code.inline.span.extracting(0..<Self.codeBytes))
        return Base64.url.encode(sealed.bytes)
    }

    /// The place; nil for a text that wasn't sealed for this tenant.
    func open(_ text: String, tenantID: Int64) -> String? {
        guard text.utf8.count <= Self.textMax, let bytes = Base64.url.decode(text),
            bytes.count >= Self.nonceBytes + Self.codeBytes
        else { return nil }
        let end = bytes.count - Self.codeBytes
        let code = code(of: bytes[..<end], tenantID)
        guard
            constantTimeEquals(
                code.inline.span.extracting(0..<Self.codeBytes),
                bytes.span.extracting(end..<bytes.count)
            )
        else { return nil }
        let place = crypt(Array(bytes[Self.nonceBytes..<end]), nonce: bytes[..<Self.nonceBytes])
        return String(validating: place, as: UTF8.self)
    }

    private func code(of bytes: ArraySlice<UInt8>, _ tenantID: Int64) -> Digest {
        var message = ByteBuffer(capacity: bytes.count + 8)
        message.append(contentsOf: Self.bytes(of: UInt64(bitPattern: tenantID)))
        message.append(contentsOf: Array(bytes))
        return HMACKey(authentication).authenticate(message.bytes.span)
    }

    /// Encrypts and decrypts.
    private func crypt(_ bytes: [UInt8], nonce: ArraySlice<UInt8>) -> [UInt8] {
        let key = HMACKey(encryption)
        var out = bytes
        for start in stride(from: 0, to: bytes.count, by: 32) {
            let counter = Array(nonce + Self.bytes(of: UInt64(start)))
            let block = key.authenticate(counter.span).inline
            for index in start..<min(start + 32, bytes.count) { out[index] ^= block[index - start] }
        }
        return out
    }

    private static func bytes(of word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
    }
}
