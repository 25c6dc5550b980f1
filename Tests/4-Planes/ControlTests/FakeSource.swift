import Bytes
import Control
import EventLoop
import JSON
import Store
import Synchronization

/// Targets' functions in memory: answers with the test's pages, and counts how many are asked at once.
final class FakeSource: ToolSource {
    /// [requested cursor] → the page; `""` is the first page.
    typealias Pages = [String: Result<String, ToolSourceError>]

    private struct State {
        var running = 0
        var runningMax = 0
        var payloads: [String] = []
    }

    private let pages: [String: Pages]
    private let pause: @Sendable () async -> Void
    private let state = Locked(State())

    init(_ pages: [String: Pages], pause: @escaping @Sendable () async -> Void = {}) {
        self.pages = pages
        self.pause = pause
    }

    /// One page per target.
    convenience init(_ answers: [String: Result<String, ToolSourceError>]) {
        self.init(answers.mapValues { ["": $0] })
    }

    var runningMax: Int { state.withLock { $0.runningMax } }
    var payloads: [String] { state.withLock { $0.payloads } }

    func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        state.withLock {
            $0.running += 1
            $0.runningMax = max($0.runningMax, $0.running)
            $0.payloads.append(payload.text)
        }
        await pause()
        state.withLock { $0.running -= 1 }
        let cursor = (try? JSONValue(parsing: payload.text))?["params"]?["cursor"]?.stringValue ?? ""
        guard let answer = pages[target.name.text]?[cursor] else { throw ToolSourceError("no such page") }
        let bytes = Array(try answer.get().utf8)
        return ToolSourceAnswer(bytes: bytes, payload: 0..<bytes.count)
    }
}

/// A tool's definition.
func tool(_ name: String, _ description: String = "Does something.") -> String {
    #"{"name":"\#(name)","description":"\#(description)","inputSchema":{"type":"object"}}"#
}

/// A page of tools in the form of the wrapper contract.
func page(_ tools: [String], next: String? = nil) -> Result<String, ToolSourceError> {
    let cursor = next.map { #","nextCursor":"\#($0)""# } ?? ""
    return .success(#"{"tools":[\#(tools.joined(separator: ","))]\#(cursor)}"#)
}
