import Foundation

/// An event that happens once and that others can wait for.
final class Latch: @unchecked Sendable {  // guarded by `lock`
    private let lock = NSLock()
    private var isOpen = false
    private var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var next = 0

    func open() {
        let all = lock.withLock {
            isOpen = true
            defer { waiting = [:] }
            return waiting.values.map { $0 }
        }
        for continuation in all { continuation.resume(returning: true) }
    }

    /// - Returns: false when it did not happen within `seconds`.
    @discardableResult
    func wait(seconds: Double = 30) async -> Bool {
        await withCheckedContinuation { continuation in
            let id: Int? = lock.withLock {
                guard !isOpen else { return nil }
                next += 1
                waiting[next] = continuation
                return next
            }
            guard let id else { return continuation.resume(returning: true) }
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [self] in
                lock.withLock { waiting.removeValue(forKey: id) }?.resume(returning: false)
            }
        }
    }

    var hasHappened: Bool { lock.withLock { isOpen } }
}
