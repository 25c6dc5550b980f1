import Bytes
import Crypto
import JSON

/// A signed token, taken apart and well formed; its signature is not checked yet.
///
/// Source: RFC 7515 §3.1, §4.1, §7.1
package struct CompactJWS: Sendable {
    /// Bytes of a whole token.
    package static let bytesMax = 16 * 1024
    /// Bytes of an encoded header.
    package static let headerBytesMax = 4 * 1024
    /// Bytes of a key's id.
    package static let keyIDBytesMax = 512
    private static let headerDepthMax = 8

    package let algorithm: SignatureAlgorithm
    /// The header's `kid`.
    package let keyID: String?
    /// The header's `typ`, as it is written.
    package let type: String?
    /// The decoded payload. Trust it only after `JSONWebKeySet.verify` has accepted the token.
    package let payload: [UInt8]
    let signature: [UInt8]
    /// The whole token.
    let token: [UInt8]
    /// The part of `token` that the signature covers: header, dot and payload, as they are encoded.
    let signed: Range<Int>

    /// Reads a token in linear time. Checks its form alone, not its signature.
    /// - Throws: `.tooLarge`, `.malformed`, `.algorithm`, `.critical`.
    package init(_ token: Span<UInt8>) throws(JOSEError) {
        guard token.count <= Self.bytesMax else { throw .tooLarge }
        var dots: [Int] = []
        for index in token.indices where token[index] == UInt8(ascii: ".") {
            dots.append(index)
            guard dots.count <= 2 else { throw .malformed }
        }
        guard dots.count == 2 else { throw .malformed }
        guard dots[0] <= Self.headerBytesMax else { throw .tooLarge }
        guard let header = Base64.url.decode(token.extracting(0..<dots[0])),
            let payload = Base64.url.decode(token.extracting(dots[0] + 1..<dots[1])),
            let signature = Base64.url.decode(token.extracting(dots[1] + 1..<token.count))
        else { throw .malformed }
        let fields = try Self.members(of: header)
        guard let name = fields["alg"]?.stringValue else { throw .malformed }
        guard let algorithm = SignatureAlgorithm(rawValue: name) else { throw .algorithm }
        // No extension is understood here. Source: RFC 7515 §4.1.11, RFC 7797 §6
        guard fields["crit"] == nil, fields["b64"] == nil else { throw .critical }
        self.algorithm = algorithm
        keyID = try Self.text("kid", of: fields)
        type = try Self.text("typ", of: fields)
        self.payload = payload
        self.signature = signature
        self.token = [UInt8](capacity: token.count) { out in
            for index in token.indices { out.append(token[index]) }
        }
        signed = 0..<dots[1]
    }

    private static func members(of header: [UInt8]) throws(JOSEError) -> JSONObject {
        do throws(JSONError) {
            guard let object = try JSONValue(parsing: header.span, depthMax: headerDepthMax).objectValue
            else {
                throw JSONError(offset: 0, reason: .notAnObject)
            }
            return object
        } catch {
            throw .malformed
        }
    }

    /// A member that may be left out, but is a string of bounded length when it's there.
    private static func text(_ name: String, of fields: JSONObject) throws(JOSEError) -> String? {
        guard let value = fields[name] else { return nil }
        guard let text = value.stringValue, text.utf8.count <= keyIDBytesMax else { throw .malformed }
        return text
    }
}
