import EventLoop
import Gateway
import Synchronization
import Telemetry

/// A service that receives calls that have ended.
///
/// It stands before `records` in the list of services, and so is stopped after all loops have handed over their calls.
protocol CallTaking: Service {
    /// The receiver of the calls; set once the service has started. nil when the settings turn the service off.
    var taker: (any CallBatchTaker)? { get }
}

/// Brings records of calls from the loops to all receivers: each loop has one recorder, whose batches go to all takers.
///
/// To add a receiver: write a service that is `CallTaking`, and put it into the list that `Assembly` gives to this one.
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

    /// Hands on the calls that the loops still have. The loops must run and have no call under way.
    func stop() async {
        for recorder in recorders.withLock({ $0 }) { await recorder.run { $0.handOver() } }
    }
}

/// Hands each batch to several takers.
final class CallBatchFan: CallBatchTaker {
    private let takers: [any CallBatchTaker]

    init(_ takers: [any CallBatchTaker]) { self.takers = takers }

    func take(_ batch: CallBatch) {
        for taker in takers { taker.take(batch) }
    }
}
