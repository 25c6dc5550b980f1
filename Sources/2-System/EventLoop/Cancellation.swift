/// Tells whoever works for a request that nobody waits for it any more. Loop thread only.
package final class Cancellation {
    package var isCancelled: Bool { wasCancelled }
    private var wasCancelled = false
    private var work: (any CancellableWork)?

    package init() {}

    /// Who works for the request from now on, told once, when it is cancelled. False when it is cancelled already.
    package func attach(_ work: any CancellableWork) -> Bool {
        guard !wasCancelled else { return false }
        self.work = work
        return true
    }

    /// The work has ended.
    package func detach() { work = nil }

    package func cancel() {
        guard !wasCancelled else { return }
        wasCancelled = true
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
