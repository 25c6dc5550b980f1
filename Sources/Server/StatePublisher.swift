package import EventLoop
package import Gateway
package import Policy
import Synchronization
package import Telemetry

/// Turns each snapshot of the store into the state that every loop serves from. Any thread.
///
/// The derived state is built on the publishing thread; a loop only swaps a reference, between two requests.
package final class StatePublisher: Sendable {
    private struct Subscribers {
        var current: GatewayState?
        var loops: [(loop: EventLoop, take: @Sendable (GatewayState) -> Void)] = []
    }

    private let settings: GatewayState.Settings
    private let metrics: GatewayMetrics
    private let reports: Reports
    private let scopes: [[NamePattern]]?
    private let subscribers = Locked(Subscribers())

    /// - Parameter scopes: what each scope of a token opens; nil when tokens aren't narrowed.
    package init(
        settings: GatewayState.Settings,
        metrics: GatewayMetrics,
        reports: Reports,
        scopes: [[NamePattern]]? = nil
    ) {
        self.scopes = scopes
        self.settings = settings
        self.metrics = metrics
        self.reports = reports
    }

    /// Called by one thread at a time, in the order of the commits.
    package func publish(_ snapshot: Snapshot) {
        let previous = subscribers.withLock { $0.current }
        let snapshot = snapshot.narrowingTokens(to: scopes)
        let state = GatewayState(snapshot, settings: settings, metrics: metrics, reusing: previous)
        reports.published(state)
        let loops = subscribers.withLock { subscribers in
            subscribers.current = state
            return subscribers.loops
        }
        for subscriber in loops { subscriber.loop.execute { subscriber.take(state) } }
    }

    /// The state of the latest snapshot; an empty one before the first.
    package var current: GatewayState {
        subscribers.withLock { $0.current }
            ?? GatewayState(Snapshot.empty, settings: settings, metrics: metrics)
    }

    /// Calls `take` on `loop` with the current state, soon, and with each later one.
    package func subscribe(_ loop: EventLoop, take: @escaping @Sendable (GatewayState) -> Void) {
        let state = subscribers.withLock { subscribers in
            subscribers.loops.append((loop, take))
            return subscribers.current
        }
        if let state { loop.execute { take(state) } }
    }
}
