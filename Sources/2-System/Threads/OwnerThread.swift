import Calendar
import Synchronization

/// A thread that owns one value, such as a connection, and runs jobs on it one after another, in the order they came.
///
/// Safe to use from any thread. While no job waits, `idle` runs every `idleEvery`; it also runs each time the queue
/// becomes empty. The value is destroyed on the thread.
package final class OwnerThread<Value: ~Copyable>: Sendable {
    package typealias Job = @Sendable (inout Value) -> Void

    private let queue: Monitor<JobQueue<Job>>
    private let thread: NamedThread

    /// Starts the thread. `jobsMax` bounds the queue.
    package init(
        name: String,
        jobsMax: Int = 10_000,
        idleEvery: Duration,
        idle: @escaping Job,
        owning value: consuming sending Value
    ) throws(ThreadError) {
        let queue = Monitor(JobQueue<Job>(jobsMax: jobsMax))
        let carried = Carried(value)
        let waitingNs = idleEvery.nanoseconds
        thread = try NamedThread.start(name) {
            guard var value = carried.take() else { return }
            while true {
                if let job = queue.withLock({ $0.take() }) {
                    job(&value)
                    continue
                }
                if queue.withLock({ $0.hasEnded }) { return }
                idle(&value)
                _ = queue.wait(atMost: waitingNs) { $0.isEmpty && !$0.isStopped ? nil : () }
            }
        }
        self.queue = queue
    }

    deinit {
        guard endQueue() else { return }
        thread.detach()
    }

    /// Queues a job; `false`, and the job is dropped, when the thread was stopped or the queue is full.
    package func enqueue(_ job: @escaping Job) -> Bool { queue.change { $0.append(job) } }

    /// Runs `body` on the thread and suspends the caller until it has run; `nil` when the job was refused.
    package func run<T: Sendable>(_ body: @escaping @Sendable (inout Value) -> T) async -> T? {
        await withCheckedContinuation { continuation in
            if !enqueue({ continuation.resume(returning: body(&$0)) }) { continuation.resume(returning: nil) }
        }
    }

    /// As `run`, for a thread that may block. Not from a job, and not from an event loop.
    package func runBlocking<T: Sendable>(_ body: @escaping @Sendable (inout Value) -> T) -> T? {
        let answer = Handover<T>()
        return enqueue({ answer.give(body(&$0)) }) ? answer.wait() : nil
    }

    /// Lets the queued jobs run, then ends the thread and waits for it. Not from a job. Calls after the first do
    /// nothing.
    package func stop() {
        guard endQueue() else { return }
        thread.join()
    }

    /// `true` for the first caller.
    private func endQueue() -> Bool { queue.change { $0.stop() } }
}

/// Jobs in the order they came, up to a bound.
private struct JobQueue<Job> {
    private let jobsMax: Int
    private var jobs: [Job?] = []
    private var head = 0
    private(set) var isStopped = false

    init(jobsMax: Int) { self.jobsMax = jobsMax }

    var isEmpty: Bool { head == jobs.count }

    /// Whether no job will ever come.
    var hasEnded: Bool { isStopped && isEmpty }

    /// `false` when the queue was stopped or is full.
    mutating func append(_ job: Job) -> Bool {
        guard !isStopped, jobs.count - head < jobsMax else { return false }
        jobs.append(job)
        return true
    }

    mutating func take() -> Job? {
        guard !isEmpty else { return nil }
        let job = jobs[head]
        jobs[head] = nil  // frees what the job holds
        head += 1
        if head == jobs.count || head > 1_024 {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    /// `true` for the first caller.
    mutating func stop() -> Bool {
        defer { isStopped = true }
        return !isStopped
    }
}

/// Carries a value to the thread that takes it, once.
private final class Carried<Value: ~Copyable>: Sendable {
    // Not a `Locked`: that of the thread sanitizer's builds holds what can be copied alone.
    private let slot: Mutex<Value?>

    init(_ value: consuming sending Value) { slot = Mutex(value) }

    func take() -> sending Value? { slot.withLock { $0.take() } }
}
