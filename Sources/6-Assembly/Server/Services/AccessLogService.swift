import Config
import EventLoop
import Gateway
import Telemetry
import Threads

/// Writes a line in the log for each call if `log.access` asks for it, on a thread of its own.
final class AccessLogService: CallTaking {
    let name = "access-log"
    private let log: AccessLog?

    init(_ context: GatewayContext) {
        log = context.config.log.access ? AccessLog(context.log.module(.access)) : nil
    }

    var taker: (any CallBatchTaker)? { log }

    func start() async throws(StartFailure) {
        do throws(ThreadError) {
            try log?.start()
        } catch {
            throw StartFailure("the access log: \(error)")
        }
    }

    func stop() async { log?.stop() }
}

/// Makes lines of calls that have ended. Lines that don't fit into the queue are dropped, and their number is logged.
/// Any thread.
final class AccessLog: CallBatchTaker {
    private struct Queue {
        var batches: [CallBatch] = []
        var calls = 0
        var leftOut = 0
        var isEnding = false
        var hasEnded = false
    }

    /// How long the server's shutdown waits for the lines.
    private static let patience: UInt64 = 2_000_000_000

    private let log: GatewayLog
    private let callsMax: Int
    private let queue = Monitor(Queue())

    /// - Parameter callsMax: the most calls that wait for their lines.
    init(_ log: GatewayLog, callsMax: Int = 20_000) {
        self.log = log
        self.callsMax = callsMax
    }

    func start() throws(ThreadError) {
        try NamedThread.start("access-log") { [self] in work() }.detach()
    }

    func take(_ batch: CallBatch) {
        // The lines don't show bodies.
        var batch = batch
        (batch.bytes, batch.bodies) = ([], [])
        queue.change { queue in
            guard !queue.isEnding, queue.calls + batch.records.count <= callsMax else {
                queue.leftOut += batch.records.count
                return
            }
            queue.batches.append(batch)
            queue.calls += batch.records.count
        }
    }

    /// Writes the lines that wait, and ends the thread. Blocks, at most for `patience`.
    func stop() {
        queue.change { $0.isEnding = true }
        _ = queue.wait(atMost: Self.patience) { $0.hasEnded ? true : nil }
    }

    private func work() {
        while true {
            let (batches, leftOut, isEnding) = queue.wait { queue -> ([CallBatch], Int, Bool)? in
                guard !queue.batches.isEmpty || queue.leftOut > 0 || queue.isEnding else { return nil }
                defer { (queue.batches, queue.calls, queue.leftOut) = ([], 0, 0) }
                return (queue.batches, queue.leftOut, queue.isEnding)
            }
            for batch in batches {
                for record in batch.records { log.write(.info, "call", AccessLine(record, of: batch).values) }
            }
            if leftOut > 0 {
                log.write(
                    .warning,
                    "lines of calls were left out, as nobody read them in time",
                    [("calls", "\(leftOut)")]
                )
            }
            if isEnding, batches.isEmpty { return queue.change { $0.hasEnded = true } }
        }
    }
}
