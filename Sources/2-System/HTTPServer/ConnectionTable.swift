import EventLoop
import HTTP
import Synchronization

/// The open connections of one server, all loops together: how many, and how many of each peer. Any thread.
///
/// Asked when a connection opens and when it closes, never by a request.
final class ConnectionTable: Sendable {
    private struct State {
        var count = 0
        var byPeer: [UInt64: Int] = [:]
    }

    private let connectionsMax: Int
    private let perPeerMax: Int
    private let exempt: [AddressRange]
    private let state = Locked(State())

    init(_ configuration: ServerConfiguration) {
        connectionsMax = configuration.connectionsMax
        perPeerMax = configuration.connectionsPerPeerMax
        exempt = configuration.trustedPeers
    }

    /// Counts one more connection of a peer. False when there is no room for it: nothing is counted then.
    func open(_ peer: IPAddress?) -> Bool {
        let group = peer?.group ?? 0
        let isBounded = !isExempt(peer)
        return state.withLock { state in
            let count = state.byPeer[group, default: 0]
            guard state.count < connectionsMax, !isBounded || count < perPeerMax else { return false }
            state.count += 1
            state.byPeer[group] = count + 1
            return true
        }
    }

    func close(_ peer: IPAddress?) {
        let group = peer?.group ?? 0
        state.withLock { state in
            state.count -= 1
            let rest = state.byPeer[group, default: 1] - 1
            state.byPeer[group] = rest == 0 ? nil : rest
        }
    }

    private func isExempt(_ peer: IPAddress?) -> Bool {
        guard let peer, !exempt.isEmpty else { return false }
        return exempt.contains { $0.contains(peer) }
    }
}
