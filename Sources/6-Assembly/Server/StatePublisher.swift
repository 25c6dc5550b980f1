package import EventLoop
package import Gateway
package import Policy
import Synchronization
package import Telemetry

/// Turns each snapshot of the store into the state that every loop serves from. Any thread.
///
/// The publishing thread derives the state; a loop only swaps a reference, between two requests. A replaced state is
/// kept until nothing uses it, and freed by `freeRetired`, never by a loop that serves: freeing a large snapshot takes
/// milliseconds.
package final class StatePublisher: Sendable {
    private struct Subscribers {
        var settings: GatewayState.Settings
        var current: GatewayState?
        var loops: [(loop: EventLoop, take: @Sendable (GatewayState) -> Void)] = []
        /// Receives each publication of a new version.
        var told: (@Sendable (Publication) -> Void)?
        /// Replaced states that a loop or a call may still use.
        var retired: [GatewayState] = []
    }

    private let metrics: GatewayMetrics
    private let reports: Reports
    private let scopes: [[NamePattern]]?
    private let subscribers: Locked<Subscribers>

    /// - Parameter scopes: the patterns that each scope of a token opens; nil when scopes don't narrow tokens.
    package init(
        settings: GatewayState.Settings,
        metrics: GatewayMetrics,
        reports: Reports,
        scopes: [[NamePattern]]? = nil
    ) {
        self.scopes = scopes
        subscribers = Locked(Subscribers(settings: settings))
        self.metrics = metrics
        self.reports = reports
    }

    /// Called by one thread at a time, in the order of the commits.
    package func publish(_ snapshot: Snapshot) {
        freeRetired()
        let began = EventLoop.currentNs
        let (previous, settings) = subscribers.withLock { ($0.current, $0.settings) }
        let snapshot = snapshot.narrowingTokens(to: scopes, reusing: previous?.snapshot)
        let state = GatewayState(snapshot, settings: settings, metrics: metrics, reusing: previous)
        reports.published(state)
        let loops = subscribers.withLock { subscribers in
            if let replaced = subscribers.current { subscribers.retired.append(replaced) }
            subscribers.current = state
            return subscribers.loops
        }
        let derived = EventLoop.currentNs
        // Changes of targets' health come far more often than new versions, and cost next to nothing.
        let isTimed = previous?.snapshot.version != snapshot.version
        if isTimed { metrics.snapshots.derive.observe(nanoseconds: derived &- began) }
        let told = isTimed ? subscribers.withLock { $0.told } : nil
        let publication = Publication(snapshot, deriveNs: derived &- began, tookNs: derived &- began)
        if loops.isEmpty { told?(publication) }
        let swap = Swap(loops.count)
        for subscriber in loops {
            subscriber.loop.execute { [metrics] in
                subscriber.take(state)
                guard swap.isLast(), isTimed else { return }
                let now = EventLoop.currentNs
                metrics.snapshots.swap.observe(nanoseconds: now &- derived)
                told?(publication.ended(tookNs: now &- began))
            }
        }
    }

    /// Reports each publication of a new version to `told`, once all loops serve from it; `told` must return quickly.
    package func tell(_ told: @escaping @Sendable (Publication) -> Void) {
        subscribers.withLock { $0.told = told }
    }

    /// Returns when every loop serves from the states published before this call.
    package func swapped() async {
        // A loop runs its tasks in order.
        for subscriber in subscribers.withLock({ $0.loops }) {
            await Task(executorPreference: subscriber.loop) {}.value
        }
    }

    /// Publishes the current snapshot again with other settings. To be called on the thread that calls `publish`.
    package func publish(changing change: (inout GatewayState.Settings) -> Void) {
        let current = subscribers.withLock { subscribers in
            change(&subscribers.settings)
            return subscribers.current
        }
        if let current { publish(current.snapshot) }
    }

    /// Frees replaced states that nothing uses any more. Not to be called on a loop that serves agents.
    package func freeRetired() {
        let free = subscribers.withLock { subscribers in
            var free: [GatewayState] = []
            for index in subscribers.retired.indices.reversed()
            where isKnownUniquelyReferenced(&subscribers.retired[index]) {
                free.append(subscribers.retired.remove(at: index))
            }
            return free
        }
        // The states are freed without holding the lock.
        _ = consume free
    }

    /// The state of the latest snapshot; an empty state before the first.
    package var current: GatewayState {
        let (current, settings) = subscribers.withLock { ($0.current, $0.settings) }
        return current ?? GatewayState(Snapshot.empty, settings: settings, metrics: metrics)
    }

    /// Calls `take` on `loop` soon with the current state, and later with each new one.
    package func subscribe(_ loop: EventLoop, take: @escaping @Sendable (GatewayState) -> Void) {
        let state = subscribers.withLock { subscribers in
            subscribers.loops.append((loop, take))
            return subscribers.current
        }
        if let state { loop.execute { take(state) } }
    }
}

/// The publication of one state.
package struct Publication: Sendable {
    package let targets: Int
    package let tools: Int
    package let tenants: Int
    /// The time to derive the state from the snapshot.
    package let deriveNs: UInt64
    /// The time until all loops served from it.
    package let tookNs: UInt64

    fileprivate init(_ snapshot: Snapshot, deriveNs: UInt64, tookNs: UInt64) {
        self.init(
            snapshot.targets.count,
            snapshot.toolCount,
            snapshot.tenants.count,
            deriveNs: deriveNs,
            tookNs: tookNs
        )
    }

    private init(_ targets: Int, _ tools: Int, _ tenants: Int, deriveNs: UInt64, tookNs: UInt64) {
        self.targets = targets
        self.tools = tools
        self.tenants = tenants
        self.deriveNs = deriveNs
        self.tookNs = tookNs
    }

    fileprivate func ended(tookNs: UInt64) -> Publication {
        Publication(targets, tools, tenants, deriveNs: deriveNs, tookNs: tookNs)
    }
}

/// Counts the loops that haven't swapped yet.
private final class Swap: Sendable {
    private let left: Atomic<Int>

    init(_ loops: Int) { left = Atomic(loops) }

    func isLast() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 }
}
