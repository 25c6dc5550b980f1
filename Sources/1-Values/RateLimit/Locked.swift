#if TSAN
import Glibc

/// A mutex around a value, in a form that the thread sanitizer can see: `Synchronization.Mutex` waits through an
/// uninstrumented path, which the sanitizer reports as a race.
///
/// The event loop's layer has one like it, and is above this.
@safe
final class Locked<Value>: @unchecked Sendable {  // every access to `value` holds `lock`
    private var value: Value
    private let lock: UnsafeMutablePointer<pthread_mutex_t>

    init(_ value: sending Value) {
        self.value = value
        unsafe lock = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
    }

    func withLock<R, E: Error>(_ body: (inout sending Value) throws(E) -> sending R) throws(E) -> sending R {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
#else
import Synchronization

/// A mutex around a value.
typealias Locked = Mutex
#endif
