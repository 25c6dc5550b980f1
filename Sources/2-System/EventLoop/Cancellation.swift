/// Tells whoever works for a request that nobody waits for it any more. Loop thread only.
package final class Cancellation: @unchecked Sendable {  // one loop's thread only
    package private(set) var isCancelled = false
    /// Who works for the request, told once, when it is cancelled. Set and cleared by the worker.
    package var work: (any CancellableWork)?

    package init() {}

    package func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        let work = work
        self.work = nil
        work?.cancel()
    }
}

/// Work that may be cancelled. Loop thread only.
package protocol CancellableWork: AnyObject {
    /// Ends the work early. Called once at most, and not after the work has ended.
    func cancel()
}
