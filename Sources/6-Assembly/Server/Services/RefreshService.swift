import Telemetry
import AdminAPI
import Config
import Control
import EventLoop
import Gateway
import Store

/// Keeps the targets' tools up to date.
final class RefreshService: Service {
    let name = "refresh"
    private let context: GatewayContext
    private let stores: StoreService
    private let targets: TargetService
    private let upstreams: UpstreamService
    private let traces: TraceService
    private let made = Started<Refresher>("refresh")
    private let exam = Started<TargetExam>("refresh")

    init(
        _ context: GatewayContext,
        _ stores: StoreService,
        _ targets: TargetService,
        _ upstreams: UpstreamService,
        _ traces: TraceService
    ) {
        self.traces = traces
        self.context = context
        self.stores = stores
        self.targets = targets
        self.upstreams = upstreams
    }

    var refresher: Refresher { made.value }
    /// Examines targets in the way that they are refreshed.
    var targetExam: TargetExam { exam.value }

    func start() async throws(StartFailure) {
        let (control, maker) = (context.control, upstreams.maker)
        let source = await Task(executorPreference: control) {
            LambdaToolSource(
                loop: control,
                transport: maker.transport(on: control),
                access: maker.access,
                local: maker.local
            )
        }.value
        let refresher = Refresher(
            store: stores.store,
            source: source,
            config: context.config,
            loop: control,
            metrics: context.metrics,
            log: context.log.module(.refresh),
            traces: traces
        )
        targets.afterReload { refresher.refreshSoon(.all) }
        exam.set(
            TargetExam(
                source: source,
                access: maker.access,
                timeout: context.config.refresh.timeout,
                parallel: context.config.refresh.parallel
            )
        )
        made.set(refresher)
    }

    func open() async throws(StartFailure) { refresher.start() }

    func drain(until deadline: ContinuousClock.Instant) async { refresher.stop() }

    /// For a start that failed later on, where no drain came first.
    func stop() async { refresher.stop() }
}
