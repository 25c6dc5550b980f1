import AdminAPI
import Bytes
import Crypto
import EventLoop
import Store
import Synchronization
import System

/// Commands of this machine that may ask the admin API: each got a token through the server's local socket, which only
/// processes of the same user, or root's, can open.
///
/// A token lasts a minute, for as many requests as fit, and is nowhere but in memory. Any thread.
package final class LocalCallers: Sendable {
    private struct Entry {
        let caller: AdminCaller
        let expiresMs: Int64
    }

    /// How every such token begins. `admin-token` makes none like it.
    private static let prefix = "mgwl_"
    private static let lifetimeMs: Int64 = 60_000
    /// Tokens at once: the oldest is forgotten for one more.
    private static let countMax = 256

    private let place = Locked<String?>(nil)
    /// By the SHA-256 of the token, as with every secret that is looked up.
    private let entries = Locked<[Digest: Entry]>([:])

    package init() {}

    /// Where the admin API is from now on, e.g. `http://127.0.0.1:3001`.
    func serve(at url: String) { place.withLock { $0 = url } }

    /// The way in for a process of the user with that id; nil before the API is served.
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

    /// Whose token it is; nil for one that is unknown or too old.
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
