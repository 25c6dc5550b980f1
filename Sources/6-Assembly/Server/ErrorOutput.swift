package import Config
import EventLoop
import Gateway
import Threads

/// Where a server says what it has to say: lines on standard error. Any thread.
///
/// With functions of this machine, whose output is there too, a thread of its own writes them, so that whoever has
/// something to say never waits: a stopped terminal (Ctrl-S), a pager or a pipe that nobody empties would hold up all
/// functions, and the end of the server. What doesn't fit into the queue is left out, and it is said how many lines.
package final class ErrorOutput: Sendable {
    private struct Queue {
        var lines: [String] = []
        var bytes = 0
        var leftOut = 0
        var isWriting = false

        var isEmpty: Bool { lines.isEmpty && leftOut == 0 && !isWriting }
    }

    /// How long the end of a server waits for who reads.
    private static let patience: UInt64 = 1_000_000_000

    private let bytesMax: Int
    private let now: @Sendable (String) -> Void
    private let notice: @Sendable (Int) -> String
    /// nil without a thread.
    private let queue: Monitor<Queue>?

    /// - Parameters:
    ///   - isPatient: whether a thread writes. It lives as long as the process.
    ///   - bytesMax: in the queue.
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
            // What comes after something that was left out doesn't come before it is said.
            guard queue.leftOut == 0, queue.bytes + bytes <= bytesMax else {
                queue.leftOut += 1
                return
            }
            queue.lines.append(text)
            queue.bytes += bytes
        }
    }

    /// Waits until all is written, but not for ever.
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
