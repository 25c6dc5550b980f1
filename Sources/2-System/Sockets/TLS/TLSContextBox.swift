import Locks
import Synchronization

/// The server's current context: replaced as a whole on reload, while sessions keep the one they began with.
///
/// Any thread may read or replace it. One uncontended lock per accepted connection.
package final class TLSContextBox: Sendable {
    private let context: Locked<TLSContext>

    package init(_ context: TLSContext) { self.context = Locked(context) }

    package var current: TLSContext { context.withLock { $0 } }

    /// From now on new sessions use `next`.
    package func replace(with next: TLSContext) { context.withLock { $0 = next } }

    /// Loads both files again and swaps the context in.
    /// - Throws: `.file`; the old context stays in use.
    package func reload(certificateFile: String, keyFile: String) throws(TLSError) {
        replace(with: try .server(certificateFile: certificateFile, keyFile: keyFile))
    }
}
