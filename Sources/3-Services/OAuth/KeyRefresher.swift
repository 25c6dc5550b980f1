import Calendar
package import EventLoop
package import HTTPClient
import JOSE

/// Keeps the issuers' keys fresh, on one loop: the control loop. Loop thread only; others hold it as a `LoopBound`.
///
/// At most one fetch per issuer is under way and at most one begins per floor, however many ask. A fetch that fails
/// leaves the keys in force.
package final class KeyRefresher {
    /// An event that the operator may want to know of.
    package enum Event: Sendable {
        /// `unusable`: keys of the set that were passed over.
        case fetched(issuer: String, keys: Int, unusable: Int)
        /// `isKept`: whether older keys stay in force.
        case failed(issuer: String, reason: String, isKept: Bool)
    }

    package struct Bounds: Sendable {
        /// The least time between the starts of two fetches of one issuer.
        package var floor = Duration.seconds(10)
        /// The time for one fetch as a whole: metadata and keys.
        package var deadline = Duration.seconds(10)
        /// The most requests that wait for one issuer's fetch; others go on at once, without keys.
        package var waitersMax = 1024

        package init() {}
    }

    private struct State {
        let issuer: JWTSettings.Issuer
        var schedule: KeySchedule
        var knownURL: FetchURL?
        var hasKeys = false
        /// Ends the fetch that is under way; nil when none is.
        var fetch: Cancellation?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let loop: EventLoop
    private let keys: IssuerKeys
    private let transport: any HTTPTransport
    private let bounds: Bounds
    private let report: @Sendable (Event) -> Void
    private var states: [State]
    private let timer = LoopTimer()
    private var isStopped = false

    /// - Parameters:
    ///   - loop: the control loop, which `transport` belongs to.
    ///   - keys: for as many issuers as the settings have.
    package init(
        settings: JWTSettings,
        keys: IssuerKeys,
        loop: EventLoop,
        transport: any HTTPTransport,
        bounds: Bounds = Bounds(),
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.loop = loop
        self.keys = keys
        self.transport = transport
        self.bounds = bounds
        self.report = report
        let floorMs = bounds.floor.milliseconds
        var schedule = KeySchedule.Bounds()
        schedule.floorMs = floorMs
        states = settings.issuers.map { State(issuer: $0, schedule: KeySchedule(schedule)) }
    }

    /// Fetches all keys for the first time, and again whenever they are due.
    package func start() {
        timer.action = { [weak self] in self?.fetchDue() }
        fetchDue()
    }

    /// Ends fetches and lets those who wait for them go on.
    package func stop() {
        isStopped = true
        timer.action = nil
        loop.disarm(timer)
        for index in states.indices {
            states[index].fetch?.cancel()
            release(index)
        }
    }

    private var nowMs: Int64 { Int64(loop.now / 1_000_000) }

    /// Returns when that issuer's keys have been fetched, or have failed to be; at once when they may not be yet.
    package func refresh(issuer index: Int) async {
        loop.assertCurrent()
        guard !isStopped, states.indices.contains(index) else { return }
        if states[index].fetch == nil {
            guard nowMs >= states[index].schedule.allowedAtMs else { return }
            begin(index)
        }
        guard states[index].waiters.count < bounds.waitersMax else { return }
        await withCheckedContinuation { states[index].waiters.append($0) }
    }

    private func fetchDue() {
        guard !isStopped else { return }
        for index in states.indices
        where states[index].fetch == nil && nowMs >= states[index].schedule.dueAtMs {
            begin(index)
        }
        arm()
    }

    /// Sets the timer to the earliest time at which an issuer is due whose keys aren't being fetched.
    private func arm() {
        let due = states.filter { $0.fetch == nil }.map { $0.schedule.dueAtMs }.min()
        guard !isStopped, let due else { return loop.disarm(timer) }
        loop.arm(timer, after: .milliseconds(max(due - nowMs, 0)))
    }

    private func begin(_ index: Int) {
        let cancellation = Cancellation()
        states[index].fetch = cancellation
        states[index].schedule.began(nowMs)
        // Whoever needs these keys from now on waits for this fetch.
        keys.setFetchAllowed(issuer: index, atMs: .min)
        let deadline = LoopTimer { cancellation.cancel() }
        loop.arm(deadline, after: bounds.deadline)
        let fetch = KeyFetch(
            issuer: states[index].issuer,
            knownURL: states[index].knownURL,
            transport: transport,
            cancellation: cancellation
        )
        LoopBound((refresher: self, fetch: fetch, deadline: deadline), on: loop).task { work in
            do throws(KeyFetchError) {
                work.refresher.ended(index, .success(try await work.fetch.run()))
            } catch {
                work.refresher.ended(index, .failure(error))
            }
            work.refresher.loop.disarm(work.deadline)
        }
    }

    private func ended(_ index: Int, _ outcome: Result<KeyFetch.Keys, KeyFetchError>) {
        let name = states[index].issuer.url.text
        states[index].fetch = nil
        switch outcome {
        case .success(let fetched):
            states[index].schedule.succeeded(maxAgeMs: fetched.maxAgeMs, nowMs)
            states[index].knownURL = fetched.url
            states[index].hasKeys = true
            keys.replace(fetched.set, issuer: index)
            report(.fetched(issuer: name, keys: fetched.set.keys.count, unusable: fetched.set.faults.count))
        case .failure(let error):
            states[index].schedule.failed(nowMs)
            states[index].knownURL = nil
            if !isStopped {
                report(.failed(issuer: name, reason: error.description, isKept: states[index].hasKeys))
            }
        }
        keys.setFetchAllowed(issuer: index, atMs: states[index].schedule.allowedAtMs)
        release(index)
        arm()
    }

    private func release(_ index: Int) {
        let waiters = exchange(&states[index].waiters, with: [])
        for waiter in waiters { waiter.resume() }
    }
}
