#if TSAN
import Glibc

/// A mutex around a value, in a form that the thread sanitizer can see.
///
/// `Synchronization.Mutex` waits through an uninstrumented path, which the sanitizer reports as a race.
package final class Locked<Value>: @unchecked Sendable {  // every access to `value` holds `lock`
    private var value: Value
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    package func withLock<R, E: Error>(_ body: (inout sending Value) throws(E) -> sending R) throws(E)
        -> sending R
    {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
#else
package import Synchronization

/// A mutex around a value.
package typealias Locked = Mutex
#endif
