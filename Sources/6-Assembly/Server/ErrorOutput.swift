package import Config
import EventLoop
import Gateway
import Threads

/// Writes a server's lines to standard error. Any thread.
///
/// When functions run on this machine, their output goes there too, and a thread of its own does the writing, so that
/// no caller waits: a stopped terminal (Ctrl-S), a pager or an unread pipe would hold up all functions and the server's
/// shutdown. Lines that don't fit into the queue are dropped, and their number is written.
package final class ErrorOutput: Sendable {
    private struct Queue {
        var lines: [String] = []
        var bytes = 0
        var leftOut = 0
        var isWriting = false

        var isEmpty: Bool { lines.isEmpty && leftOut == 0 && !isWriting }
    }

    /// How long the server's shutdown waits for the reader.
    private static let patience: UInt64 = 1_000_000_000

    private let bytesMax: Int
    private let now: @Sendable (String) -> Void
    private let notice: @Sendable (Int) -> String
    /// nil when no thread writes.
    private let queue: Monitor<Queue>?

    /// - Parameters:
    ///   - isPatient: whether a thread of its own writes. It lives as long as the process.
    ///   - bytesMax: how many bytes the queue holds.
    ///   - now: writes whole lines, and may block.
    package init(
        _ config: GatewayConfig.Log,
        isPatient: Bool,
        bytesMax: Int = 1 << 20,
        now: @escaping @Sendable (String) -> Void = { StandardStreams.writeError($0) }
    ) {
        self.bytesMax = bytesMax
        self.now = now
        let isJSON = config.format == .json
        notice = { count in
            let text = "\(count) line\(count == 1 ? "" : "s") left out, as nobody read them in time"
            return isJSON ? LogSink.jsonLine(.warning, text, []) : LogSink.textLine(.warning, text, [])
        }
        guard isPatient else {
            queue = nil
            return
        }
        let queue = Monitor(Queue())
        let notice = notice
        do {
            try NamedThread.start("error-output") { Self.write(queue, notice, now) }.detach()
            self.queue = queue
        } catch {
            self.queue = nil
        }
    }

    /// Takes whole lines.
    package func write(_ text: String) {
        guard let queue else { return now(text) }
        let bytes = text.utf8.count
        queue.change { queue in
            // After a dropped line, later ones are dropped too until the notice is written, so that the order stays
            // right.
            guard queue.leftOut == 0, queue.bytes + bytes <= bytesMax else {
                queue.leftOut += 1
                return
            }
            queue.lines.append(text)
            queue.bytes += bytes
        }
    }

    /// Waits until everything is written, but at most for `patience`.
    package func finish() {
        guard let queue else { return }
        _ = queue.wait(atMost: Self.patience) { $0.isEmpty ? true : nil }
    }

    private static func write(
        _ queue: Monitor<Queue>,
        _ notice: @Sendable (Int) -> String,
        _ now: @Sendable (String) -> Void
    ) -> Never {
        while true {
            let (lines, leftOut) = queue.wait { queue -> ([String], Int)? in
                guard !queue.lines.isEmpty || queue.leftOut > 0 else { return nil }
                defer { queue = Queue(isWriting: true) }
                return (queue.lines, queue.leftOut)
            }
            for line in lines { now(line) }
            if leftOut > 0 { now(notice(leftOut)) }
            queue.change { $0.isWriting = false }
        }
    }
}
