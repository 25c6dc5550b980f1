import Bytes
import Crypto

/// Accepted tokens by their SHA-256: one that comes again costs a hash and a look-up. One per loop.
///
/// Bounded without any order to keep: when the young half is full it becomes the old half, and the former old half is
/// dropped; a token that is found in the old half becomes young again.
struct TokenCache {
    let entriesMax: Int
    private var young: [Digest: VerifiedToken] = [:]
    private var old: [Digest: VerifiedToken] = [:]

    /// - Parameter entriesMax: at least 2.
    init(entriesMax: Int) { self.entriesMax = entriesMax }

    var count: Int { young.count + old.count }

    /// The token of that hash, unless it has expired.
    mutating func token(_ digest: Digest, nowMs: Int64) -> VerifiedToken? {
        if let token = young[digest] {
            if nowMs < token.expiresAtMs { return token }
            young[digest] = nil
            return nil
        }
        guard let token = old.removeValue(forKey: digest), nowMs < token.expiresAtMs else { return nil }
        insert(token, digest)
        return token
    }

    mutating func insert(_ token: VerifiedToken, _ digest: Digest) {
        if young.count >= entriesMax / 2 {
            old = young
            young = [:]
        }
        young[digest] = token
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
