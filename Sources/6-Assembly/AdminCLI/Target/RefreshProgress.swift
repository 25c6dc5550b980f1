import Control
import EventLoop
import Synchronization

/// Shows a refresh in progress: a line for each target that is being asked, and a count, redrawn in place.
///
/// On a terminal only; elsewhere it stays silent. Any thread.
final class RefreshProgress: Sendable {
    private struct State {
        var running: [String] = []
        var doneCount = 0
        var failedCount = 0
        var drawnCount = 0
    }

    private let stream: TextStream
    private let state = Locked(State())

    init(_ stream: TextStream) { self.stream = stream }

    func show(_ progress: CatalogRefresh.Progress) {
        guard stream.isTerminal else { return }
        state.withLock { state in
            switch progress {
            case .started(let name): state.running.append(name)
            case .finished(let report):
                state.running.removeAll { $0 == report.name }
                state.doneCount += 1
                if report.error != nil { state.failedCount += 1 }
            }
            let lines =
                state.running.prefix(16).map { "  asking \(safe($0)) …" }
                + ["\(state.doneCount) done\(state.failedCount > 0 ? ", \(state.failedCount) failed" : "")"]
            stream.write(
                erasing(state.drawnCount)
                    + lines.map { "\(cut($0, to: (stream.columns ?? 80) - 1))\n" }.joined()
            )
            state.drawnCount = lines.count
        }
    }

    /// Removes the lines, so that only the answer stays.
    func clear() {
        state.withLock { state in
            if state.drawnCount > 0 { stream.write(erasing(state.drawnCount)) }
            state.drawnCount = 0
        }
    }

    /// Moves to the first of the lines drawn last, and clears from there. Source: ECMA-48, CUU and ED
    private func erasing(_ lineCount: Int) -> String {
        lineCount == 0 ? "" : "\u{1B}[\(lineCount)A\r\u{1B}[J"
    }
}
