/// Tells the code that works on a request that nobody waits for its answer any more. Loop thread only.
package final class Cancellation {
    package var isCancelled: Bool { wasCancelled }
    private var wasCancelled = false
    private var work: (any CancellableWork)?

    package init() {}

    /// Registers the work to cancel with the request, in place of earlier work. False when the request is cancelled
    /// already.
    package func attach(_ work: any CancellableWork) -> Bool {
        guard !wasCancelled else { return false }
        self.work = work
        return true
    }

    /// To be called when work has ended. Work that has taken its place meanwhile stays.
    package func detach(_ ended: any CancellableWork) {
        if work === ended { work = nil }
    }

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
