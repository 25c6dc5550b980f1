import EventLoop
import System

/// Runs programs for a command, one after another, each to its end, and shows on a terminal how long it takes.
///
/// Ctrl-C ends the running program, and then `run` throws, so that the command can clean up.
struct ChildRun: Sendable {
    struct Outcome: Sendable {
        let status: ExitStatus
        /// The end of standard output and standard error together.
        let output: String

        var isGood: Bool { status == .exited(0) }

        /// The last lines that aren't empty.
        func lastLines(_ count: Int) -> String {
            output.split(whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }).suffix(count).joined(
                separator: "\n"
            )
        }
    }

    fileprivate static let outputBytesMax = 256 * 1024

    let session: Session

    /// - Parameters:
    ///   - what: what the person is waiting for; nil for a program that takes no time.
    ///   - limit: after this time the program is killed.
    /// - Throws: `CommandFailure` when the program can't be started, takes too long or is interrupted.
    func run(_ command: System::Command, _ what: String?, within limit: Duration = .seconds(600)) throws
        -> Outcome
    {
        SignalWatcher.block()
        let session = session
        return try session.withLoop { loop in
            let task = Running(loop, what.map { ($0, session.err) })
            return try await task.run(command, within: limit)
        }
    }
}

/// One running program. The loop's thread only.
private final class Running {
    private let loop: EventLoop
    private let shown: (text: String, stream: TextStream)?
    private let ticker = LoopTimer()
    private let limit = LoopTimer()
    private var child: Child?
    private var output: [UInt8] = []
    private var seconds = 0
    private var why: String?

    init(_ loop: EventLoop, _ shown: (text: String, stream: TextStream)?) {
        self.loop = loop
        self.shown = shown
    }

    func run(_ command: System::Command, within time: Duration) async throws -> ChildRun.Outcome {
        let watcher = try SignalWatcher(loop: loop) { [self] signal in
            if signal != .hangUp { stop("interrupted") }
        }
        defer { watcher.stop() }
        limit.action = { [self] in stop("\(command.arguments[0]) took more than \(time)") }
        loop.arm(limit, after: time)
        show()
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<ExitStatus, any Error>) in
            do {
                child = try Child(
                    command,
                    on: loop,
                    onOutput: { [self] in take($0) },
                    onExit: { continuation.resume(returning: $0.status) }
                )
            } catch {
                continuation.resume(throwing: error)
            }
        }
        loop.disarm(limit)
        loop.disarm(ticker)
        child = nil
        if let shown, shown.stream.isTerminal { shown.stream.write("\r\u{1B}[K") }
        if let why { throw CommandFailure(why) }
        return ChildRun.Outcome(status: status, output: String(decoding: output, as: UTF8.self))
    }

    private func stop(_ why: String) {
        self.why = self.why ?? why
        child?.kill()
    }

    private func take(_ bytes: [UInt8]) {
        output += bytes
        if output.count > 2 * ChildRun.outputBytesMax {
            output.removeFirst(output.count - ChildRun.outputBytesMax)
        }
    }

    /// Shows a line that counts seconds on a terminal; a single line elsewhere.
    private func show() {
        guard let shown else { return }
        guard shown.stream.isTerminal else { return shown.stream.write("\(shown.text) …\n") }
        shown.stream.write("\r\u{1B}[K\(shown.text) … \(seconds == 0 ? "" : "\(seconds) s")")
        seconds += 1
        ticker.action = { [self] in show() }
        loop.arm(ticker, after: .seconds(1))
    }
}
