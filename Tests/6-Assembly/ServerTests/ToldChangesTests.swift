import EventLoop
import Model
import Policy
import Synchronization
import TestSupport
import Testing

@testable import Server

/// Refreshes that functions ask for by saying that their lists have changed.
struct ToldChangesTests {
    @Test func `what is said again within the pause leads to one more refresh, after it`() async throws {
        try await withLoop { loop in
            let asked = Asked()
            let changes = ToldChanges(on: loop, pauseNs: 50_000_000) { asked.add($0.description) }
            let target = TargetEntry(id: 1, name: "docs", function: "f")
            let other = TargetEntry(id: 2, name: "wiki", function: "f")
            let began = EventLoop.currentNs
            for _ in 0..<1_000 { changes.listsChanged(of: target) }
            changes.listsChanged(of: other)
            #expect(asked.names == ["docs", "wiki"])
            await asked.reaches(3)
            #expect(asked.names == ["docs", "wiki", "docs"])
            #expect(EventLoop.currentNs - began >= 50_000_000)
        }
    }

    /// The targets whose refresh began.
    private final class Asked: Sendable {
        private let state = Locked((names: [String](), waiter: CheckedContinuation<Void, Never>?.none))

        var names: [String] { state.withLock { $0.names } }

        func add(_ name: String) {
            state.withLock { state in
                state.names.append(name)
                if state.names.count >= 3 {
                    state.waiter?.resume()
                    state.waiter = nil
                }
            }
        }

        func reaches(_ count: Int) async {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.names.count >= count { return true }
                    state.waiter = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }
}
