// EventLoop: one thread and one epoll; runs Swift jobs, reports descriptors as ready, keeps timers.
//
//   Depends on   CLinux (Glibc's module lacks epoll, eventfd, timerfd and signalfd), Threads, Locks, Calendar
//   Used by      HTTPServer, HTTPClient, Curl, Process, LocalLambda, Server
//   Start at     EventLoop.start(), EventLoop.watch(_:_:_:), EventLoop.sleep(for:), LoopBound

@_exported public import Locks  // most users of a loop share values with other threads
import CLinux
import Calendar
import Glibc
import Synchronization
import Threads

/// A thread that waits on one epoll and runs Swift tasks that prefer it.
///
/// A task started with `executorPreference: loop` stays on the thread across every nonisolated `await`, so state that
/// only such tasks and the loop's callbacks touch needs no lock.
///
/// `@unchecked`: what is marked "loop thread" is touched by that thread alone, which `assertCurrent` checks in debug
/// builds; everything else is atomic, locked, or written before the thread starts.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable () -> Void] = []
        var isStopping = false
        /// Whether the wake-up descriptor was already written since the last drain.
        var isRung = false
    }

    /// How many jobs run before timers and descriptors are checked again.
    private static let jobsMax = 1_024

    package let name: String
    private let epoll: CInt
    private let wake: CInt
    private let inbox = Locked(Inbox())
    private let threadID = Atomic<UInt>(0)
    private let thread = Locked<NamedThread?>(nil)

    // Loop thread.
    private var jobs: [UnownedJob] = []
    private var retired: [any PollSink] = []
    private var fired: [LoopTimer] = []
    private var wheel: TimerWheel
    private var afterTurn: [() -> Void] = []
    private var isStopping = false

    /// Monotonic nanoseconds, read once per turn of the loop. Loop thread.
    package var now: UInt64 { turnNs }
    /// Milliseconds since 1970, read once per turn of the loop. Loop thread.
    package var wallMs: Int64 { turnWallMs }
    /// The same in microseconds.
    package var wallUs: Int64 { turnWallUs }
    // Private, so that the compiler sees every use and needs no run-time checks for overlapping access.
    private var turnNs: UInt64
    private var turnWallMs: Int64
    private var turnWallUs: Int64

    /// - Parameter name: the thread's name, as `top -H` shows it; its first 15 bytes count.
    package init(name: String) throws(LoopError) {
        self.name = name
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw LoopError(call: "epoll_create1", code: linux_errno()) }
        wake = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wake >= 0, linux_epoll_ctl(epoll, EPOLL_CTL_ADD, wake, EPOLLIN.rawValue, 0) == 0 else {
            throw LoopError(call: "eventfd", code: linux_errno())
        }
        turnNs = linux_monotonic_ns()
        turnWallUs = linux_realtime_us()
        turnWallMs = turnWallUs / 1_000
        wheel = TimerWheel(now: turnNs)
        jobs.reserveCapacity(256)
    }

    deinit {
        close(epoll)
        close(wake)
    }

    // MARK: Life cycle

    /// Starts the loop on a thread of its own. `join()` waits for its end.
    package func start() throws(LoopError) {
        do throws(ThreadError) {
            let started = try NamedThread.start(name) { self.run() }
            thread.withLock { $0 = started }
        } catch {
            throw LoopError(call: "pthread_create", code: error.code)
        }
    }

    /// Asks the loop to end once no job is queued. From any thread.
    package func stop() {
        inbox.withLock { $0.isStopping = true }
        ring()
    }

    /// Waits until the thread of `start()` has ended. Not from the loop itself.
    package func join() {
        precondition(!isCurrent, "a loop cannot wait for itself")
        let running = thread.withLock { slot -> NamedThread? in
            let running = slot
            slot = nil
            return running
        }
        running?.join()
    }

    /// Runs the loop on the calling thread until `stop()`.
    package func run() {
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        let capacity = 256
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        events.initialize(repeating: epoll_event(), count: capacity)
        defer { events.deallocate() }
        takeInbox()
        while true {
            drainJobs()
            if isStopping, jobs.isEmpty { break }
            let count = epoll_wait(epoll, events, CInt(capacity), jobs.isEmpty ? wheel.waitMs(now: now) : 0)
            readClocks()
            for index in 0..<max(0, count) { dispatch(events, index) }
            fireTimers()
            for action in exchange(&afterTurn, with: []) { action() }
            drainJobs()
            if !retired.isEmpty { retired.removeAll(keepingCapacity: true) }
        }
        threadID.store(0, ordering: .relaxed)
    }

    @inline(__always)
    private func dispatch(_ events: UnsafeMutablePointer<epoll_event>, _ index: CInt) {
        let tag = linux_event_tag(events, index)
        guard tag != 0, let pointer = UnsafeRawPointer(bitPattern: UInt(tag)) else {
            var count: UInt64 = 0
            read(wake, &count, 8)
            takeInbox()
            return drainJobs()
        }
        let sink = Unmanaged<SinkBox>.fromOpaque(pointer)
        sink._withUnsafeGuaranteedRef { $0.sink?.ready(Interest(rawValue: linux_event_flags(events, index))) }
        drainJobs()
    }

    private func readClocks() {
        turnNs = linux_monotonic_ns()
        turnWallUs = linux_realtime_us()
        turnWallMs = turnWallUs / 1_000
    }

    /// Takes over the jobs that other threads left, and runs their calls. Needed only after a ring.
    private func takeInbox() {
        let (arrived, calls, stopping) = inbox.withLock { box in
            box.isRung = false
            return (exchange(&box.jobs, with: []), exchange(&box.calls, with: []), box.isStopping)
        }
        isStopping = stopping
        jobs.append(contentsOf: arrived)
        for call in calls { call() }
    }

    /// Runs the queued jobs, and those that they add, up to a bound: a task that yields again and again must not keep
    /// timers and descriptors waiting.
    private func drainJobs() {
        var next = 0
        while next < jobs.count, next < Self.jobsMax {
            let job = jobs[next]
            next += 1
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
        if next == jobs.count {
            if next > 0 { jobs.removeAll(keepingCapacity: true) }
        } else {
            jobs.removeFirst(next)
        }
    }

    private func fireTimers() {
        wheel.expired(at: now, into: &fired)
        guard !fired.isEmpty else { return }
        for timer in exchange(&fired, with: []) { timer.fireIfTaken() }
    }
}

extension EventLoop {
    // MARK: From any thread

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { return jobs.append(job) }
        let mustRing = inbox.withLock { box in
            box.jobs.append(job)
            return !exchange(&box.isRung, with: true)
        }
        if mustRing { ring() }
    }

    /// Runs `body` on the loop's thread, soon.
    package func execute(_ body: @escaping @Sendable () -> Void) {
        let mustRing = inbox.withLock { box in
            box.calls.append(body)
            return !exchange(&box.isRung, with: true)
        }
        if mustRing { ring() }
    }

    /// Runs `body` as a task on the loop and returns what it returns.
    package func run<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        try await Task(executorPreference: self) { try await body() }.value
    }

    package var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Traps in debug builds when the caller is on another thread.
    package func assertCurrent() { assert(isCurrent, "not on the thread of event loop \(name)") }

    /// Traps when the caller is on another thread, in release builds too.
    package func requireCurrent() { precondition(isCurrent, "not on the thread of event loop \(name)") }

    private func ring() {
        var one: UInt64 = 1
        write(wake, &one, 8)
    }
}

/// The object whose address epoll holds for a sink: retained from `watch` to the end of the turn that unwatched it.
package final class SinkBox: PollSink {
    fileprivate(set) var sink: (any PollSink)?

    fileprivate init(_ sink: any PollSink) { self.sink = sink }

    package func ready(_ events: Interest) { sink?.ready(events) }
}

extension EventLoop {
    // MARK: Descriptors, loop thread

    /// Reports readiness of `fd` to `sink` until `unwatch`. Until then the loop keeps `sink` alive.
    /// - Throws: the error of epoll_ctl(2); nothing is watched then.
    package func watch(_ fd: CInt, _ interest: Interest, _ sink: any PollSink) throws(LoopError) -> SinkBox {
        assertCurrent()
        let box = SinkBox(sink)
        let retained = Unmanaged.passRetained(box)
        let tag = UInt64(UInt(bitPattern: retained.toOpaque()))
        guard linux_epoll_ctl(epoll, EPOLL_CTL_ADD, fd, interest.rawValue, tag) == 0 else {
            let code = linux_errno()
            retained.release()
            throw LoopError(call: "epoll_ctl", code: code)
        }
        return box
    }

    /// Changes the events that a watched descriptor is reported for.
    package func rewatch(_ fd: CInt, _ interest: Interest, _ box: SinkBox) throws(LoopError) {
        assertCurrent()
        let tag = UInt64(UInt(bitPattern: Unmanaged.passUnretained(box).toOpaque()))
        guard linux_epoll_ctl(epoll, EPOLL_CTL_MOD, fd, interest.rawValue, tag) == 0 else {
            throw LoopError(call: "epoll_ctl", code: linux_errno())
        }
    }

    /// Ends the reports. To be called once per `watch`, before `fd` is closed; events already fetched are dropped.
    package func unwatch(_ fd: CInt, _ box: SinkBox) {
        assertCurrent()
        guard box.sink != nil else { return }
        linux_epoll_ctl(epoll, EPOLL_CTL_DEL, fd, 0, 0)
        box.sink = nil
        retired.append(Unmanaged.passUnretained(box).takeRetainedValue())  // balances `watch`
    }

    // MARK: Time, loop thread

    /// Lets `timer` fire once, `delay` from now; an earlier arming is replaced.
    package func arm(_ timer: LoopTimer, after delay: Duration) { arm(timer, afterNs: delay.nanoseconds) }

    /// As `arm(_:after:)`, in nanoseconds.
    package func arm(_ timer: LoopTimer, afterNs delay: UInt64) {
        assertCurrent()
        let deadline = now &+ min(delay, 1 << 62)
        if timer.postpone(to: deadline) { return }
        wheel.arm(timer, at: deadline)
    }

    /// The time on the clock of `now` at which a timer armed for `delay` from now fires, if nothing holds the loop
    /// up: timers fire only at ticks.
    package func due(afterNs delay: UInt64) -> UInt64 { TimerWheel.due(now &+ min(delay, 1 << 62)) }

    package func disarm(_ timer: LoopTimer) {
        assertCurrent()
        timer.disarm()
    }

    /// Runs `action` when this turn's events have been handled.
    package func atEndOfTurn(_ action: @escaping () -> Void) {
        assertCurrent()
        afterTurn.append(action)
    }

    /// Monotonic nanoseconds of this very moment, on the clock of `now`. Any thread; some 20 ns.
    package static var currentNs: UInt64 { linux_monotonic_ns() }

    /// How many processors this process may use: how many loops are worth having.
    package static var processorCount: Int { max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }

    /// Bytes in a page of memory.
    package static var pageBytes: Int { Int(sysconf(CInt(_SC_PAGESIZE))) }

    /// Suspends the calling task, which must be on this loop, for `delay`.
    package func sleep(for delay: Duration) async {
        await withUnsafeContinuation { continuation in
            // The turn may have begun a while ago, and deadlines count from its beginning.
            let begun = EventLoop.currentNs &- now
            arm(LoopTimer { continuation.resume() }, after: delay + .nanoseconds(Int64(clamping: begun)))
        }
    }
}
