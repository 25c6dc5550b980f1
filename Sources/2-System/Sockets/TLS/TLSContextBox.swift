import Glibc

/// The server's context of the moment: swapped whole on reload, while sessions keep the one they began with.
///
/// Any thread may read or replace it. One uncontended lock per accepted connection.
package final class TLSContextBox: @unchecked Sendable {  // every access to `context` holds `lock`
    private var context: TLSContext
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init(_ context: TLSContext) {
        self.context = context
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    package var current: TLSContext {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return context
    }

    /// From now on new sessions use `next`.
    package func replace(with next: TLSContext) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        context = next
    }

    /// Loads both files again and swaps the context in.
    /// - Throws: `.file`; the old context stays in use.
    package func reload(certificateFile: String, keyFile: String) throws(TLSError) {
        replace(with: try .server(certificateFile: certificateFile, keyFile: keyFile))
    }
}
