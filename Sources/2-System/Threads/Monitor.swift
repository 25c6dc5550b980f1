import Glibc

/// A lock around a value, and a way to wait for a change of it. The thread sanitizer sees its lock.
///
/// For threads that may block. An event loop may only call `withLock`.
package final class Monitor<State>: @unchecked Sendable {  // every access to `state` holds `lock`
    private var state: State
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ state: sending State) {
        self.state = state
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

    package func withLock<R>(_ body: (inout State) -> R) -> R {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body(&state)
    }

    /// As `withLock`, for a change that others wait for: wakes all of them.
    package func change<R>(_ body: (inout State) -> R) -> R {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        pthread_cond_broadcast(condition)
        return body(&state)
    }

    /// Blocks until `body` gives a value; `nil` when `nanoseconds` pass first.
    package func wait<R>(atMost nanoseconds: UInt64, for body: (inout State) -> R?) -> R? {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let sum = UInt64(deadline.tv_nsec) + nanoseconds
        deadline.tv_sec += Int(sum / 1_000_000_000)
        deadline.tv_nsec = Int(sum % 1_000_000_000)
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            if let value = body(&state) { return value }
            if pthread_cond_timedwait(condition, lock, &deadline) == ETIMEDOUT { return body(&state) }
        }
    }

    /// Blocks until `body` gives a value.
    package func wait<R>(for body: (inout State) -> R?) -> R {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            if let value = body(&state) { return value }
            pthread_cond_wait(condition, lock)
        }
    }
}
