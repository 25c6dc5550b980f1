import Foundation
import TestSupport

/// An agent's open stream of changes that is read all the time, with the time of each change.
final class EventStream: @unchecked Sendable {  // guarded by `lock`
    /// One `tools/list_changed`.
    struct Change: Sendable {
        let at: ContinuousClock.Instant
        /// Milliseconds since 1970.
        let wallMs: Int64
    }

    private static let word = "notifications/tools/list_changed"

    private let client: RawClient
    private let lock = NSLock()
    private var heard: [Change] = []
    private var end: ContinuousClock.Instant?
    private var waiting: [(count: Int, latch: Latch)] = []
    private let ended = Latch()

    /// Opens the stream and returns once the gateway has accepted it.
    ///
    /// The gateway must send keep-alives every few seconds (`stream_keep_alive`): silence ends the reading.
    init(_ agent: Agent) async throws {
        client = try agent.beginStream()
        let head = await client.read(until: agent.era == .modern ? "acknowledged" : "\r\n\r\n")
        guard head.hasPrefix("HTTP/1.1 200 ") else {
            throw Program.Failure(description: "no stream: \(head)")
        }
        Task { await read() }
    }

    var changes: [Change] { lock.withLock { heard } }
    var isOpen: Bool { lock.withLock { end == nil } }

    /// The change with that number, counted from 1.
    func change(_ number: Int, seconds: Double = 30) async throws -> Change {
        let latch = Latch()
        lock.withLock {
            if heard.count >= number { latch.open() } else { waiting.append((number, latch)) }
        }
        guard await latch.wait(seconds: seconds) else {
            throw Program.Failure(
                description: "after \(seconds) s, \(changes.count) of \(number) changes were heard"
            )
        }
        return changes[number - 1]
    }

    /// Waits until the gateway ends the stream.
    func awaitEnd(seconds: Double = 30) async throws -> ContinuousClock.Instant {
        guard await ended.wait(seconds: seconds), let end = lock.withLock({ end }) else {
            throw Program.Failure(description: "after \(seconds) s the stream is still open")
        }
        return end
    }

    private func read() async {
        var text = "\r\n"
        while true {
            let more = await client.read(until: "\r\n")
            let (at, wallMs) = (ContinuousClock.now, Int64(Date().timeIntervalSince1970 * 1000))
            text += more
            var count = 0
            while let word = text.range(of: Self.word) {
                text.removeSubrange(..<word.upperBound)
                count += 1
            }
            let isEnd = more.isEmpty || text.hasSuffix("\r\n0\r\n\r\n")
            text = String(text.suffix(100))
            let told = lock.withLock {
                heard += Array(repeating: Change(at: at, wallMs: wallMs), count: count)
                if isEnd { end = at }
                defer { waiting.removeAll { $0.count <= heard.count } }
                return waiting.filter { $0.count <= heard.count }.map { $0.latch }
            }
            for latch in told { latch.open() }
            guard !isEnd else { break }
        }
        client.close()
        ended.open()
    }
}
