#if TSAN
import Glibc

/// A mutex around a value, in a form that the thread sanitizer can see.
///
/// `Synchronization.Mutex` waits through an uninstrumented path, which the sanitizer reports as a race.
@safe
package final class Locked<Value>: @unchecked Sendable {  // every access to `value` holds `lock`
    private var value: Value
    private let lock: UnsafeMutablePointer<pthread_mutex_t>

    package init(_ value: sending Value) {
        self.value = value
        unsafe lock = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
    }

    package func withLock<R, E: Error>(_ body: (inout sending Value) throws(E) -> sending R) throws(E)
        -> sending R
    {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
#else
package import Synchronization

/// A mutex around a value.
package typealias Locked = Mutex
#endif
