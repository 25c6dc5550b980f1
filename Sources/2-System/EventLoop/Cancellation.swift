/// Tells whoever works for a request that nobody waits for it any more. Loop thread only.
package final class Cancellation: @unchecked Sendable {  // one loop's thread only
    package private(set) var isCancelled = false
    /// Called once, when cancelled. Set and cleared by the one who works.
    package var action: (() -> Void)?

    package init() {}

    package func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        let action = action
        self.action = nil
        action?()
    }
}
