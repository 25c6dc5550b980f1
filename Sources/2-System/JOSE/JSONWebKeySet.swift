package import Bytes
import Crypto
import JSON

/// The public keys of one issuer, as it publishes them.
///
/// Immutable and usable from every thread at once. Source: RFC 7517 §5
package final class JSONWebKeySet: Sendable {
    /// Bytes of the document.
    package static let bytesMax = 256 * 1024
    /// Keys in a set, usable or not.
    package static let keysMax = 128
    /// Keys that are tried for one token without a key id, or with one that several keys have.
    private static let attemptsMax = 4
    private static let depthMax = 16

    /// The keys that can check a signature, in the document's order.
    package let keys: [JSONWebKey]
    /// Why other keys of the set can't, in the document's order: an issuer may publish keys for other purposes.
    package let faults: [JSONWebKey.Fault]
    /// The document's hash: equal for sets that are the same byte for byte.
    package let digest: Digest
    /// key id → positions in `keys`
    private let positions: [String: [Int]]

    /// Reads a set. Keys that can't be used are passed over, as the RFC asks; a set without any usable one is valid.
    /// - Throws: `.tooLarge`, or `.keySet` when the document isn't a key set or has a member twice.
    package init(parsing bytes: Span<UInt8>) throws(JOSEError) {
        guard bytes.count <= Self.bytesMax else { throw .tooLarge }
        guard let document = try? JSONValue(parsing: bytes, depthMax: Self.depthMax),
            let entries = document["keys"]?.arrayValue
        else { throw .keySet }
        guard entries.count <= Self.keysMax else { throw .tooLarge }
        var keys: [JSONWebKey] = []
        var faults: [JSONWebKey.Fault] = []
        var positions: [String: [Int]] = [:]
        for entry in entries {
            do throws(JSONWebKey.Fault) {
                let key = try JSONWebKey(entry)
                if let id = key.id { positions[id, default: []].append(keys.count) }
                keys.append(key)
            } catch {
                faults.append(error)
            }
        }
        digest = SHA256.hash(bytes)
        self.keys = keys
        self.faults = faults
        self.positions = positions
    }

    /// Checks a token's signature.
    ///
    /// A token with a key id is checked with that key alone; one without, with the few keys that fit its algorithm.
    /// - Throws: `.algorithm` when the token's is not among `allowed`, `.unknownKey`, `.signature`.
    package func verify(
        _ token: CompactJWS,
        allowing allowed: Set<SignatureAlgorithm>
    ) throws(JOSEError) {
        guard allowed.contains(token.algorithm) else { throw .algorithm }
        let named = token.keyID.map { positions[$0] ?? [] } ?? Array(keys.indices)
        let fitting = named.filter { keys[$0].fits(token.algorithm) }
        guard !fitting.isEmpty else { throw .unknownKey }
        for position in fitting.prefix(Self.attemptsMax) where keys[position].material.isSigned(token) {
            return
        }
        throw .signature
    }
}
