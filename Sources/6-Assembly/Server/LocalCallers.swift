import AdminAPI
import Bytes
import Crypto
import EventLoop
import Store
import Synchronization
import System

/// Commands of this machine that may use the admin API. Each got a token through the server's local socket, which only
/// processes of the same user, or of root, can open.
///
/// A token lasts one minute, for any number of requests, and exists in memory only. Any thread.
package final class LocalCallers: Sendable {
    private struct Entry {
        let caller: AdminCaller
        let expiresMs: Int64
    }

    /// The prefix of these tokens. `admin-token` never makes one with it.
    private static let prefix = "mgwl_"
    private static let lifetimeMs: Int64 = 60_000
    /// The most tokens at once: a further one replaces the oldest.
    private static let countMax = 256

    private let place = Locked<String?>(nil)
    /// By the token's SHA-256, like every secret that is looked up.
    private let entries = Locked<[Digest: Entry]>([:])

    package init() {}

    /// Sets the admin API's address, such as `http://127.0.0.1:3001`.
    func serve(at url: String) { place.withLock { $0 = url } }

    /// The admin API's address with a new token for the user with that id; nil before the API is served.
    func door(for user: UInt32, nowMs: Int64) -> ServerDoor? {
        place.withLock { $0 }.map { ServerDoor(url: $0, token: admit(user: user, nowMs: nowMs)) }
    }

    private func admit(user: UInt32, nowMs: Int64) -> String {
        let token = Self.prefix + Hex.encode(randomBytes(32))
        let caller = AdminCaller(.cli(user: UserName.of(user)), role: .operator)
        entries.withLock { entries in
            entries = entries.filter { $0.value.expiresMs > nowMs }
            if entries.count >= Self.countMax,
                let oldest = entries.min(by: { $0.value.expiresMs < $1.value.expiresMs })
            {
                entries[oldest.key] = nil
            }
            entries[AdminTokenText.hash(of: token)] = Entry(
                caller: caller,
                expiresMs: nowMs + Self.lifetimeMs
            )
        }
        return token
    }

    /// The caller that the token belongs to; nil for a token that is unknown or too old.
    func caller(of token: String, nowMs: Int64) -> AdminCaller? {
        guard token.hasPrefix(Self.prefix) else { return nil }
        return entries.withLock { entries in
            guard let entry = entries[AdminTokenText.hash(of: token)], entry.expiresMs > nowMs else {
                return nil
            }
            return entry.caller
        }
    }
}
