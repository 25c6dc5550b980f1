import EventLoop
import Gateway
import Synchronization
import Telemetry

/// A service that wants to know of calls that ended.
///
/// It stands before `records` in the list of services, so that it is stopped when all loops have handed over what they had.
protocol CallTaking: Service {
    /// Who is told; there once the service has started. nil when the settings want nothing of it.
    var taker: (any CallBatchTaker)? { get }
}

/// Records of calls, from the loops to whoever wants to know: one recorder for each loop, whose batches go to all takers.
///
/// To add another: a service that is `CallTaking`, in the list that `Assembly` gives to this one.
final class RecordService: Service {
    let name = "records"
    private let services: [any CallTaking]
    private let settings: CallRecorder.Settings
    private let recorders = Locked<[LoopBound<CallRecorder>]>([])
    private let taker = Started<(any CallBatchTaker)?>("records")

    init(takers services: [any CallTaking], _ settings: CallRecorder.Settings = CallRecorder.Settings()) {
        self.services = services
        self.settings = settings
    }

    func start() async throws(StartFailure) {
        let takers = services.compactMap { $0.taker }
        taker.set(takers.count > 1 ? CallBatchFan(takers) : takers.first)
    }

    /// For the endpoint of a loop, on that loop; nil when nobody wants to know of calls.
    func recorder(on loop: EventLoop) -> CallRecorder? {
        guard let taker = taker.value else { return nil }
        let recorder = CallRecorder(on: loop, for: taker, settings)
        let held = LoopBound(recorder, on: loop)
        recorders.withLock { $0.append(held) }
        return recorder
    }

    /// Hands on what the loops have. They must have nothing under way any more, and must run.
    func stop() async {
        for recorder in recorders.withLock({ $0 }) { await recorder.run { $0.handOver() } }
    }
}

/// Gives each batch to several takers.
final class CallBatchFan: CallBatchTaker {
    private let takers: [any CallBatchTaker]

    init(_ takers: [any CallBatchTaker]) { self.takers = takers }

    func take(_ batch: CallBatch) {
        for taker in takers { taker.take(batch) }
    }
}
