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
            let changes = ToldChanges(on: loop, pausesNs: 50_000_000...50_000_000) {
                asked.add($0.description)
            }
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

    @Test func `pauses grow while a function goes on saying it`() async throws {
        try await withLoop { loop in
            let target = TargetEntry(id: 1, name: "docs", function: "f")
            let asked = Asked()
            let changes = ToldChanges(on: loop, pausesNs: 20_000_000...80_000_000) {
                asked.add($0.description)
            }
            let began = EventLoop.currentNs
            for count in 1...5 {
                changes.listsChanged(of: target)
                await asked.reaches(count)
            }
            // 20, 40, 80 and once more 80 ms.
            #expect(EventLoop.currentNs - began >= 220_000_000)
        }
    }

    /// The targets whose refresh began.
    private final class Asked: Sendable {
        private struct State {
            var names: [String] = []
            var awaited = 0
            var waiter: CheckedContinuation<Void, Never>?
        }

        private let state = Locked(State())

        var names: [String] { state.withLock { $0.names } }

        func add(_ name: String) {
            state.withLock { state in
                state.names.append(name)
                if state.names.count >= state.awaited {
                    state.waiter?.resume()
                    state.waiter = nil
                }
            }
        }

        func reaches(_ count: Int) async {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.names.count >= count { return true }
                    state.awaited = count
                    state.waiter = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }
}
