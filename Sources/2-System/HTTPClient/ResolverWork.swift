import Calendar
import EventLoop
import Glibc
import Synchronization
import Threads

/// What a resolver shares with its threads: the cache, the names to look up, and who waits for them.
///
/// Whoever takes a waiter out of the table resumes it, always after the lock is given back.
final class ResolverWork: Sendable {
    typealias Outcome = Resolver.Outcome
    typealias Waiter = CheckedContinuation<Outcome, Never>

    private struct State {
        var cache: ResolverCache
        var waiters: [UInt64: (host: String, continuation: Waiter)] = [:]
        /// Waiters' ids for each name that is being looked up or queued.
        var waiting: [String: [UInt64]] = [:]
        var queue: [String] = []
        var threadCount = 0
        var lastID: UInt64 = 0
    }

    private let state: Locked<State>
    private let configuration: Resolver.Configuration
    private let clock: @Sendable () -> UInt64
    private let lookup: @Sendable (String) -> Outcome

    init(
        _ configuration: Resolver.Configuration,
        clock: @escaping @Sendable () -> UInt64,
        lookup: @escaping @Sendable (String) -> Outcome
    ) {
        self.configuration = configuration
        self.clock = clock
        self.lookup = lookup
        state = Locked(
            State(
                cache: ResolverCache(
                    keepFoundNs: configuration.keepFound.nanoseconds,
                    keepMissingNs: configuration.keepMissing.nanoseconds,
                    entriesMax: configuration.entriesMax
                )
            )
        )
    }

    var waitingCount: Int { state.withLock { $0.waiters.count } }

    func nextID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    func cached(_ host: String) -> Outcome? {
        let now = clock()
        return state.withLock { $0.cache.outcome(of: host, at: now) }
    }

    func demote(_ address: SocketAddress, of host: String) {
        state.withLock { $0.cache.demote(address, of: host) }
    }

    private enum Answer {
        case now(Outcome)
        case later(startThread: Bool)
    }

    /// Resumes `waiter` with the addresses of `host`, at once or after a look-up.
    func ask(_ host: String, id: UInt64, _ waiter: Waiter) {
        let now = clock()
        let answer = state.withLock { state -> Answer in
            // Another caller's look-up may have ended since this one looked.
            if let outcome = state.cache.outcome(of: host, at: now) { return .now(outcome) }
            guard state.waiters.count < configuration.waitersMax else {
                return .now(.failure(ResolveError(host, .overloaded)))
            }
            if state.waiting[host] == nil {
                guard state.queue.count < configuration.queueMax else {
                    return .now(.failure(ResolveError(host, .overloaded)))
                }
                state.queue.append(host)
            }
            state.waiting[host, default: []].append(id)
            state.waiters[id] = (host, waiter)
            guard state.queue.count > 0, state.threadCount < configuration.threadsMax else {
                return .later(startThread: false)
            }
            state.threadCount += 1
            return .later(startThread: true)
        }
        switch answer {
        case .now(let outcome): waiter.resume(returning: outcome)
        case .later(let startThread): if startThread { self.startThread() }
        }
    }

    /// Lets a caller go before its look-up ends; does nothing if it has ended.
    func abandon(_ id: UInt64, _ kind: ResolveError.Kind) {
        let taken = state.withLock { state in
            let taken = state.waiters.removeValue(forKey: id)
            if let host = taken?.host { state.waiting[host]?.removeAll { $0 == id } }
            return taken
        }
        taken?.continuation.resume(returning: .failure(ResolveError(taken?.host ?? "", kind)))
    }

    private func startThread() {
        let code: CInt
        do throws(ThreadError) {
            try NamedThread.start("resolver") { self.run() }.detach()
            return
        } catch {
            code = error.code
        }
        // Names wait on if another thread is there to take them.
        let stranded = state.withLock { state -> [String] in
            state.threadCount -= 1
            guard state.threadCount == 0 else { return [] }
            let stranded = state.queue
            state.queue = []
            return stranded
        }
        for host in stranded {
            let detail = "pthread_create: \(String(cString: strerror(code)))"
            finish(host, .failure(ResolveError(host, .system(code: Int(code)), detail: detail)))
        }
    }

    /// Looks up names until none waits.
    private func run() {
        while true {
            let host = state.withLock { state -> String? in
                guard !state.queue.isEmpty else {
                    state.threadCount -= 1
                    return nil
                }
                return state.queue.removeFirst()
            }
            guard let host else { return }
            finish(host, lookup(host))
        }
    }

    private func finish(_ host: String, _ outcome: Outcome) {
        let now = clock()
        let ready = state.withLock { state -> [Waiter] in
            state.cache.store(outcome, of: host, at: now)
            let ids = state.waiting.removeValue(forKey: host) ?? []
            return ids.compactMap { state.waiters.removeValue(forKey: $0)?.continuation }
        }
        for waiter in ready { waiter.resume(returning: outcome) }
    }
}
