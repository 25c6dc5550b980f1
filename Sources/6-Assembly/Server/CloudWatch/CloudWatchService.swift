import Synchronization
import Config
import EventLoop
import Gateway
import Sockets
import Telemetry
import Threads

/// Writes metrics for CloudWatch every minute and at the end, if the settings ask for them.
///
/// Its own thread writes them: the reader of standard output or the CloudWatch agent may be slow, and no loop may wait
/// for either. Figures that couldn't be written are counted and lost; the next minute's lines hold only that minute.
final class CloudWatchService: Service {
    let name = "cloudwatch"

    private struct Turn {
        var isStopped = false
        var isDone = false
    }

    static let intervalNs: UInt64 = 60_000_000_000
    /// How long the server's shutdown waits for the last lines.
    private static let patienceNs: UInt64 = 5_000_000_000

    private let config: GatewayConfig.CloudWatch
    private let metrics: GatewayMetrics
    private let log: GatewayLog
    private let turn = Monitor(Turn())
    private let isWorking = Locked(false)

    init(_ context: GatewayContext) {
        config = context.config.cloudWatch
        metrics = context.metrics
        log = context.log.module(.metrics)
    }

    func open() async throws(StartFailure) {
        guard config.metrics != .off else { return }
        do throws(ThreadError) {
            try NamedThread.start("cloudwatch") { [self] in work() }.detach()
        } catch {
            throw StartFailure("cloudwatch: \(error)")
        }
        isWorking.withLock { $0 = true }
    }

    /// Writes the last minute's figures; all calls have ended by now.
    func stop() async {
        guard isWorking.withLock({ $0 }) else { return }
        let turn = turn
        turn.change { $0.isStopped = true }
        await withCheckedContinuation { continuation in
            // Waits on a thread of its own, because Swift's pool mustn't be blocked.
            let waiting = try? NamedThread.start("cloudwatch-end") {
                _ = turn.wait(atMost: Self.patienceNs) { $0.isDone ? true : nil }
                continuation.resume()
            }
            if let waiting { waiting.detach() } else { continuation.resume() }
        }
    }

    private func work() {
        var reader = ToolUseReader()
        let documents = EmbeddedMetrics(logGroup: config.logGroup)
        var hasFailed = false
        while true {
            let isLast = turn.wait(atMost: Self.intervalNs) { $0.isStopped ? true : nil } ?? false
            let lines = documents.documents(reader.takeNews(of: metrics), atMs: WallClock.nowMs())
            let fault = write(lines)
            metrics.cloudWatchDocuments.counter([fault == nil ? "sent" : "failed"]).add(UInt64(lines.count))
            if let fault, !hasFailed {
                log.write(.error, "metrics can't be sent to CloudWatch's agent", [("error", fault)])
            } else if fault == nil, hasFailed {
                log.write(.info, "metrics are sent to CloudWatch's agent again")
            }
            hasFailed = fault != nil
            if isLast { return turn.change { $0.isDone = true } }
        }
    }

    /// - Returns: why the lines couldn't be written; nil when all were.
    private func write(_ lines: [String]) -> String? {
        switch config.metrics {
        case .off: return nil
        case .standardOutput:
            for line in lines { StandardStreams.writeOutput(line) }
            return nil
        case .agent(let place):
            return OneWayMessage.send(lines.joined(), host: place.host, port: place.port, within: 4)
        }
    }
}
