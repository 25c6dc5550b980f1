package import EventLoop
package import Gateway
package import Policy
import Synchronization
package import Telemetry

/// Turns each snapshot of the store into the state that every loop serves from. Any thread.
///
/// The derived state is built on the publishing thread; a loop only swaps a reference, between two requests. What was
/// served from before is kept until nothing uses it, and freed by `freeRetired`, never by a loop: a large snapshot
/// takes milliseconds to free.
package final class StatePublisher: Sendable {
    private struct Subscribers {
        var settings: GatewayState.Settings
        var current: GatewayState?
        var loops: [(loop: EventLoop, take: @Sendable (GatewayState) -> Void)] = []
        /// Who is told of each publication of something new.
        var told: (@Sendable (Publication) -> Void)?
        /// Replaced, and perhaps still used by a loop or a call.
        var retired: [GatewayState] = []
    }

    private let metrics: GatewayMetrics
    private let reports: Reports
    private let scopes: [[NamePattern]]?
    private let subscribers: Locked<Subscribers>

    /// - Parameter scopes: what each scope of a token opens; nil when tokens aren't narrowed.
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
        // Targets' health comes by far more often than anything else, and costs next to nothing.
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

    /// Tells of each publication of something new, when all loops serve from it. On a thread that has no time to lose.
    package func tell(_ told: @escaping @Sendable (Publication) -> Void) {
        subscribers.withLock { $0.told = told }
    }

    /// Returns when every loop serves from what had been published before this was called.
    package func swapped() async {
        // A loop does what it was told in order.
        for subscriber in subscribers.withLock({ $0.loops }) {
            await Task(executorPreference: subscriber.loop) {}.value
        }
    }

    /// Publishes the current snapshot anew with other settings. To be called where `publish` is.
    package func publish(changing change: (inout GatewayState.Settings) -> Void) {
        let current = subscribers.withLock { subscribers in
            change(&subscribers.settings)
            return subscribers.current
        }
        if let current { publish(current.snapshot) }
    }

    /// Frees replaced states that nothing uses any more. Not for a loop that serves agents.
    package func freeRetired() {
        let free = subscribers.withLock { subscribers in
            var free: [GatewayState] = []
            for index in subscribers.retired.indices.reversed()
            where isKnownUniquelyReferenced(&subscribers.retired[index]) {
                free.append(subscribers.retired.remove(at: index))
            }
            return free
        }
        // Let go of without the lock.
        _ = consume free
    }

    /// The state of the latest snapshot; an empty one before the first.
    package var current: GatewayState {
        let (current, settings) = subscribers.withLock { ($0.current, $0.settings) }
        return current ?? GatewayState(Snapshot.empty, settings: settings, metrics: metrics)
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

/// That a state was published.
package struct Publication: Sendable {
    package let targets: Int
    package let tools: Int
    package let tenants: Int
    /// To derive the state of the snapshot.
    package let deriveNs: UInt64
    /// Until all loops served from it.
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

/// Counts the loops that have not swapped yet.
private final class Swap: Sendable {
    private let left: Atomic<Int>

    init(_ loops: Int) { left = Atomic(loops) }

    func isLast() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 }
}
