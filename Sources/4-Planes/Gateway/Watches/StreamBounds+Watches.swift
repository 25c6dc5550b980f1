import Bytes
import EventLoop
import Policy
import Synchronization

// The watches of legacy sessions, which all loops share: a client may ask on one connection and listen on another.
extension StreamBounds {
    /// Adds a watch of a session, and lets the session's newest stream know.
    func watch(_ uri: String, in session: SessionMark, _ origin: PollOrigin) throws(WatchTable.Refusal) {
        try table.withLock { table throws(WatchTable.Refusal) in
            let bySession = table.bySession
            try table.watches.watch(uri, in: session, origin) { bySession[$0] != nil }
        }
        wake(session)
    }

    /// Ends a watch of a session, if it has it.
    func unwatch(_ uri: String, in session: SessionMark) {
        table.withLock { $0.watches.unwatch(uri, in: session) }
        wake(session)
    }

    /// Ends all watches of a session.
    func endWatches(of session: SessionMark) { table.withLock { $0.watches.end(session) } }

    /// The watches of a session; nil when it has none.
    func watches(of session: SessionMark) -> WatchTable.SessionWatches? {
        table.withLock { $0.watches.watches(of: session) }
    }

    /// Notes what a stream's poll found, if the stream still is the newest of its session.
    /// - Returns: how the resource stands then; nil when nothing was noted.
    func note(
        _ found: WatchTable.Resource.Found,
        of uri: String,
        in session: SessionMark,
        by stream: Int
    ) -> WatchTable.Resource? {
        table.withLock { table in
            guard table.bySession[session]?.last == stream else { return nil }
            return table.watches.note(found, of: uri, in: session)
        }
    }

    /// Notes that a session's client was told of a change.
    func told(of uri: String, in session: SessionMark) {
        table.withLock { $0.watches.told(of: uri, in: session) }
    }

    /// Lets the newest stream of a session, on whatever loop it is, look at what the session watches.
    func wake(_ session: SessionMark) {
        guard let number = table.withLock({ $0.bySession[session]?.last }) else { return }
        for hub in hubs.withLock({ $0 }) { hub.execute { $0.hub?.wake(number) } }
    }

    /// Adds a loop's hub, to be woken. On that loop.
    func add(_ hub: StreamHub, on loop: EventLoop) {
        let hub = LoopBound(WokenHub(hub), on: loop)
        hubs.withLock { $0.append(hub) }
    }
}

/// A hub that those who wake it don't keep.
struct WokenHub {
    weak var hub: StreamHub?

    init(_ hub: StreamHub) { self.hub = hub }
}
