import Calendar
import EventLoop
import SigV4
import Synchronization

/// A key pair that is searched for when it's first needed, again before it expires, and when a caller says that it may
/// have changed. Any thread; only callers that choose to await a search wait for it.
///
/// There is one search at a time, on the thread of an `AWSNetwork`; a key pair in files or variables is found at once,
/// on the caller's thread. While searches fail, the old key pair stays in use until it expires.
package final class RefreshingCredentials: CredentialsProvider {
    fileprivate struct State {
        /// What signers get; nil before the first search has ended.
        var outcome: Result<Credentials, CredentialsError>?
        var sources: [SourceOutcome] = []
        var failure: CredentialsError?
        var search: Task<Bool, Never>?
        /// When the last search that asked a source elsewhere ended.
        var askedAt: UTCTime?
        var schedule = RefreshSchedule()
        var notices = NoticeFilter()
        var isStopped = false
    }

    /// The search that asks no source elsewhere; nil when one must be asked.
    private let settle: @Sendable () -> CredentialsSearch?
    private let ask: @Sendable (NetworkLines) async -> CredentialsSearch
    private let network: AWSNetwork?
    private let clock: @Sendable () -> UTCTime
    private let notice: @Sendable (CredentialsNotice) -> Void
    private let changes = Atomic<Int>(0)
    private let state = Locked(State())
    /// Of the network's thread; nil before it was armed there for the first time.
    private let timer = Locked<LoopBound<LoopTimer>?>(nil)

    /// - Parameters:
    ///   - settle: the search that asks no source elsewhere; returns nil when that isn't enough.
    ///   - ask: the search on the network's thread.
    init(
        network: AWSNetwork?,
        clock: @escaping @Sendable () -> UTCTime,
        notice: @escaping @Sendable (CredentialsNotice) -> Void,
        settle: @escaping @Sendable () -> CredentialsSearch?,
        ask: @escaping @Sendable (NetworkLines) async -> CredentialsSearch
    ) {
        self.network = network
        self.clock = clock
        self.notice = notice
        self.settle = settle
        self.ask = ask
    }

    /// Credentials from `find` alone, without asking a source elsewhere.
    package convenience init(
        _ find: @escaping @Sendable () throws(CredentialsError) -> Credentials
    ) {
        self.init(
            network: nil,
            clock: WallClock.now,
            notice: { _ in },
            settle: { CredentialsSearch(outcome: Result { () throws(CredentialsError) in try find() }) },
            ask: { _ in CredentialsSearch(outcome: .failure(.pending)) }
        )
    }

    package var generation: Int { changes.load(ordering: .acquiring) }

    package func credentials() throws(CredentialsError) -> Credentials {
        if let known = state.withLock({ $0.outcome }) { return try known.get() }
        if let found = settle() {
            take(found, keepsGood: false)
        } else {
            begin(isFirst: true)
        }
        return try (state.withLock { $0.outcome } ?? .failure(.pending)).get()
    }

    @discardableResult
    package func reload() -> Bool {
        if let found = settle() { return take(found, keepsGood: false) }
        let now = clock()
        // Many calls that fail at once cause only one search a second.
        let wasAsked = state.withLock { $0.askedAt.map { $0 <= now && now < $0.adding(seconds: 1) } ?? false }
        if !wasAsked { begin() }
        return false
    }

    package var renewal: (@Sendable () async -> Bool)? {
        guard let search = state.withLock({ $0.search }) else { return nil }
        return { await search.value }
    }

    package func ready() async {
        guard state.withLock({ $0.outcome == nil }) else { return }
        if let found = settle() {
            take(found, keepsGood: false)
        } else {
            _ = await begin(isFirst: true)?.value
        }
    }

    package func reloadOrKeep() async -> CredentialsError? {
        let before = state.withLock { $0.outcome }
        if let found = settle() {
            take(found, keepsGood: true)
        } else {
            // A search that is already running may have begun before the change.
            _ = await state.withLock({ $0.search })?.value
            _ = await begin()?.value
        }
        return state.withLock { state in
            guard let failure = state.failure else { return nil }
            // The same failure as before was already reported.
            if case .failure(failure)? = before { return nil }
            return failure
        }
    }

    package var report: CredentialsReport {
        state.withLock { state in
            var report = CredentialsReport()
            report.sources = state.sources
            if case .success(let current)? = state.outcome {
                report.source = current.source
                report.expiresAtMs = current.expiration.map { Int64($0.epochSeconds) * 1_000 }
            }
            report.isRenewed = state.schedule.dueAt != nil
            report.failure = state.failure?.description
            return report
        }
    }

    package func stop() {
        state.withLock { $0.isStopped = true }
        network?.execute { [self] _ in disarm() }
    }

    // MARK: Searches

    /// Begins a search, unless one is already running.
    /// - Parameter isFirst: also begin none if one has ended before.
    @discardableResult
    private func begin(isFirst: Bool = false) -> Task<Bool, Never>? {
        state.withLock { state in
            if isFirst, state.outcome != nil { return nil }
            if let search = state.search { return search }
            guard !state.isStopped, let network else { return nil }
            let search = search(on: network)
            if search == nil, state.outcome == nil {
                state.outcome = .failure(.refused(source: "AWS", reason: network.fault))
            }
            state.search = search
            return search
        }
    }

    private func search(on network: AWSNetwork) -> Task<Bool, Never>? {
        let ask = ask
        // With a capture list (Swift 6.3), the closure would be a concurrent one, which may not have the lines.
        weak let owner = self
        return network.run { lines in
            let found = await ask(lines)
            return owner?.ended(found, lines) ?? false
        }
    }

    /// On the network's thread.
    private func ended(_ found: CredentialsSearch, _ lines: NetworkLines) -> Bool {
        let isOther = take(found, keepsGood: true, wasAsked: true)
        state.withLock { $0.search = nil }
        arm(lines)
        return isOther
    }

    /// Publishes the outcome of a search.
    /// - Parameter keepsGood: whether a key pair that hasn't expired stays in use when the search failed.
    /// - Returns: whether signers now get something else than before.
    @discardableResult
    private func take(_ found: CredentialsSearch, keepsGood: Bool, wasAsked: Bool = false) -> Bool {
        let now = clock()
        let random = Double.random(in: 0..<1)
        let (isOther, notice): (Bool, CredentialsNotice?) = state.withLock { state in
            let before = state.outcome
            state.sources = found.sources
            if wasAsked { state.askedAt = now }
            var notice: CredentialsNotice?
            switch found.outcome {
            case .success(let new):
                state.failure = nil
                state.outcome = .success(new)
                notice = state.notices.found(new, isNews: state.outcome != before)
                if wasAsked {
                    state.schedule.found(
                        new.expiration,
                        isNews: state.outcome != before,
                        at: now,
                        random: random
                    )
                } else {
                    state.schedule.rest()
                }
            case .failure(let error):
                state.failure = error
                let good = keepsGood ? state.good(at: now) : nil
                if good == nil { state.outcome = .failure(state.ended(by: error, at: now)) }
                let mayPass = wasAsked && error.mayPass
                state.schedule.failed(keeping: good?.expiration, mayPass: mayPass, at: now, random: random)
                if wasAsked { notice = state.notices.failed(error, keeping: good?.expiration, at: now) }
            }
            // Callers that got `.pending` ask again by themselves, so the first outcome doesn't count as a change.
            return (before != nil && state.outcome != before, notice)
        }
        if isOther { changes.add(1, ordering: .acquiringAndReleasing) }
        if let notice { self.notice(notice) }
        return isOther
    }

    // MARK: Time

    /// On the network's thread: sets the timer for the next due time, at most 300 s ahead, because the wall clock may
    /// be set.
    private func arm(_ lines: NetworkLines) {
        let now = clock()
        let due = state.withLock { state -> UTCTime? in
            if state.isStopped { return nil }
            guard case .success(let current)? = state.outcome, let end = current.expiration else {
                return state.schedule.dueAt
            }
            return min(end, state.schedule.dueAt ?? end)
        }
        guard let due else { return disarm() }
        let timer = timer.withLock { timer in
            let kept = timer ?? LoopBound(LoopTimer(), on: lines.loop)
            timer = kept
            return kept
        }.value
        timer.action = { [weak self] in self?.woke(lines) }
        lines.loop.arm(timer, after: .seconds(min(300, max(1, due.epochSeconds - now.epochSeconds))))
    }

    /// On the network's thread.
    private func disarm() {
        guard let timer = timer.withLock({ $0 }) else { return }
        timer.loop.disarm(timer.value)
        timer.value.action = nil
    }

    private func woke(_ lines: NetworkLines) {
        let now = clock()
        let (isDue, isOther) = state.withLock { state -> (Bool, Bool) in
            guard !state.isStopped else { return (false, false) }
            let before = state.outcome
            if case .success(let current)? = before, current.hasExpired(at: now) {
                state.outcome = .failure(state.ended(by: state.failure, at: now))
            }
            return (state.schedule.dueAt.map { $0 <= now } ?? false, state.outcome != before)
        }
        if isOther { changes.add(1, ordering: .acquiringAndReleasing) }
        guard isDue || isOther else { return arm(lines) }
        // The settings may name another source by now.
        if let found = settle() {
            take(found, keepsGood: true)
            arm(lines)
        } else {
            begin()
        }
    }
}

extension RefreshingCredentials.State {
    /// The key pair in use, if it hasn't expired.
    func good(at now: UTCTime) -> Credentials? {
        guard case .success(let current)? = outcome, !current.hasExpired(at: now) else { return nil }
        return current
    }

    /// The error that signers get once the key pair has expired.
    func ended(by error: CredentialsError?, at now: UTCTime) -> CredentialsError {
        let reason = error?.description ?? "they are being asked for"
        switch outcome {
        case .success(let current)?:
            guard let end = current.expiration, end <= now else { break }
            return .expired(source: current.source, at: end, reason: reason)
        case .failure(.expired(let source, let end, _))?:
            return .expired(source: source, at: end, reason: reason)
        default: break
        }
        return error ?? .pending
    }
}
