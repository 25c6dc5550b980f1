import Glibc

/// A thread that owns one value, such as a connection, and runs jobs on it one after another, in the order they came.
///
/// Safe to use from any thread. While no job waits, `idle` runs every `idleEvery`; it also runs each time the queue
/// becomes empty. The value is destroyed on the thread.
package final class OwnerThread<Value: ~Copyable>: @unchecked Sendable {  // `shared` guards itself
    package typealias Job = @Sendable (inout Value) -> Void

    private let shared: Shared
    private let thread: pthread_t

    /// Starts the thread. `jobsMax` bounds the queue.
    package init(
        name: String,
        jobsMax: Int = 10_000,
        idleEvery: Duration,
        idle: @escaping Job,
        owning value: consuming sending Value
    ) throws(DatabaseError) {
        let shared = Shared(jobsMax: jobsMax)
        let handover = Handover(value)
        let start = Start(name: name) {
            guard var value = handover.take() else { return }
            let intervalNs = idleEvery.nanoseconds
            while let job = shared.next(waitingNs: intervalNs, beforeWaiting: { idle(&value) }) {
                job(&value)
            }
        }
        var created = pthread_t()
        let context = Unmanaged.passRetained(start)
        let code = pthread_create(&created, nil, ownerThreadMain, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw DatabaseError(.other, "thread \(name): \(String(cString: strerror(code)))")
        }
        self.shared = shared
        thread = created
    }

    deinit {
        guard shared.stop() else { return }
        pthread_detach(thread)
    }

    /// Queues a job; `false`, and the job is dropped, when the thread was stopped or the queue is full.
    package func enqueue(_ job: @escaping Job) -> Bool { shared.append(job) }

    /// Runs `body` on the thread and suspends the caller until then; `nil` when the job was refused.
    package func run<T: Sendable>(_ body: @escaping @Sendable (inout Value) -> T) async -> T? {
        await withCheckedContinuation { continuation in
            if !enqueue({ continuation.resume(returning: body(&$0)) }) { continuation.resume(returning: nil) }
        }
    }

    /// The same for a thread that may block. Not from a job, and not from an event loop.
    package func runBlocking<T: Sendable>(_ body: @escaping @Sendable (inout Value) -> T) -> T? {
        let answer = Answer<T>()
        return enqueue({ answer.fulfil(body(&$0)) }) ? answer.wait() : nil
    }

    /// Lets the queued jobs run, then ends the thread and waits for it. Not from a job. Once is enough.
    package func stop() {
        guard shared.stop() else { return }
        pthread_join(thread, nil)
    }

    /// The queue, a lock and a condition; every access to `jobs` and `isStopped` holds the lock.
    private final class Shared: @unchecked Sendable {
        private let jobsMax: Int
        private var jobs: [Job?] = []
        private var head = 0
        private var isStopped = false
        private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init(jobsMax: Int) {
            self.jobsMax = jobsMax
            pthread_mutex_init(lock, nil)
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(lock)
            condition.deallocate()
            lock.deallocate()
        }

        func append(_ job: @escaping Job) -> Bool {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            guard !isStopped, jobs.count - head < jobsMax else { return false }
            jobs.append(job)
            pthread_cond_signal(condition)
            return true
        }

        /// `true` for the first caller.
        func stop() -> Bool {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            if isStopped { return false }
            isStopped = true
            pthread_cond_signal(condition)
            return true
        }

        /// The next job; `nil` when stopped and none is left. `beforeWaiting` runs without the lock.
        func next(waitingNs: Int64, beforeWaiting: () -> Void) -> Job? {
            while true {
                if let job = take() { return job }
                if hasEnded() { return nil }
                beforeWaiting()
                wait(forNs: waitingNs)
            }
        }

        private func take() -> Job? {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            jobs[head] = nil  // what it holds goes with it
            head += 1
            if head == jobs.count || head > 1_024 {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }

        private func hasEnded() -> Bool {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return isStopped && head == jobs.count
        }

        private func wait(forNs duration: Int64) {
            var deadline = timespec()
            clock_gettime(CLOCK_MONOTONIC, &deadline)
            let nanoseconds = Int64(deadline.tv_nsec) + duration
            deadline.tv_sec += Int(nanoseconds / 1_000_000_000)
            deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            while head == jobs.count, !isStopped {
                if pthread_cond_timedwait(condition, lock, &deadline) == ETIMEDOUT { return }
            }
        }
    }
}

/// A result that one thread leaves and another waits for. The semaphore orders the two.
private final class Answer<T: Sendable>: @unchecked Sendable {
    private var result: T?
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func fulfil(_ result: T) {
        self.result = result
        sem_post(semaphore)
    }

    func wait() -> T? {
        while sem_wait(semaphore) != 0, errno == EINTR {}
        return result
    }
}

/// What a new thread is told: its name and what to do.
private final class Start: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

@c private func ownerThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
    nameCurrentThread(start.name)
    start.run()
    return nil
}

/// What `ps -T` and a debugger show; the kernel keeps 15 bytes. The library's own call is hidden from Swift.
private func nameCurrentThread(_ name: String) {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = name.withCString { write(descriptor, $0, min(strlen($0), 15)) }
    close(descriptor)
}

/// Carries a value that no thread but the next one touches.
private final class Handover<Value: ~Copyable>: @unchecked Sendable {  // taken once, by the new thread
    private var value: Value?

    init(_ value: consuming sending Value) { self.value = consume value }

    func take() -> Value? { value.take() }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
