import Config
import Control
import EventLoop
import Gateway
import Records
import Synchronization
import Telemetry
import Threads

/// Writes records of calls into files, unless the settings turn that off. No call waits for it, or fails because of it.
final class RecordFileService: CallTaking {
    let name = "record files"
    let startingWords = "the writer of call records is being started"

    private let context: GatewayContext
    private let keeper: any BodyKeeper
    private let writer = Locked<RecordWriter?>(nil)

    /// - Parameter keeper: decides what part of arguments and results is kept.
    init(_ context: GatewayContext, keeper: any BodyKeeper) {
        self.context = context
        self.keeper = keeper
    }

    var taker: (any CallBatchTaker)? { writer.withLock { $0 } }

    func start() async throws(StartFailure) {
        let config = context.config.records
        guard config.isEnabled else { return }
        let log = context.log.module(.records)
        let made = RecordWriter(RecordSettings(config), keeper: keeper) { event in
            log.write(event.isError ? .error : .info, event.message, event.fields)
        }
        do throws(ThreadError) { try made.start() } catch { throw StartFailure("records: \(error)") }
        writer.withLock { $0 = made }
        context.reports.records { RecordQueueFigures(made.figures) }
        context.live.records { ServerStatus.Records(made.figures) }
    }

    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        writer.withLock { $0 }?.update(RecordSettings(config.records))
    }

    /// Writes the records that wait. Takes as long as the disk takes.
    func stop() async {
        guard let writer = writer.withLock({ exchange(&$0, with: nil) }) else { return }
        await Task.detached { writer.stop() }.value
    }
}

extension RecordSettings {
    init(_ config: GatewayConfig.Records) {
        self.init(directory: config.directory)
        keepDays = config.keepDays
        bytesMax = Int64(config.bytesMax)
        queueMax = config.queueMax
    }
}

extension RecordQueueFigures {
    fileprivate init(_ figures: RecordFigures) {
        self.init()
        queued = figures.queued
        queuedMax = figures.queueMax
        written = UInt64(figures.written)
        dropped = [
            ("queue_full", UInt64(figures.droppedQueueFull)), ("bytes_max", UInt64(figures.droppedBytesMax)),
            ("files_unusable", UInt64(figures.droppedUnusable)),
            ("refused_often", UInt64(figures.omittedRefused)),
        ]
        files = figures.files
        bytes = Int(figures.bytes)
        isFailing = figures.failing != nil
        lastWriteMs = figures.lastWriteMs
    }
}

extension ServerStatus.Records {
    fileprivate init(_ figures: RecordFigures) {
        self.init(
            failing: figures.failing,
            failingSinceMs: figures.failingSinceMs,
            dropped: figures.dropped,
            lastDropMs: figures.lastDropMs
        )
    }
}
