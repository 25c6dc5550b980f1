import Telemetry
import Config
import Control
import EventLoop
import Gateway
import Store

/// Finds functions and makes them tools, without an operator's command.
///
/// It stands before the agents' listener: when functions of the environment are served for the first time, agents are
/// let in once those are there.
final class DiscoveryService: Service {
    let name = "discovery"
    let startingWords = "functions are being looked for"
    private let context: GatewayContext
    private let stores: StoreService
    private let upstreams: UpstreamService
    private let refresh: RefreshService
    private let made = Started<Discoverer>("discovery")

    /// How long a start waits for the first discovery of functions that the environment names.
    private static let patience = Duration.seconds(10)

    init(
        _ context: GatewayContext,
        _ stores: StoreService,
        _ upstreams: UpstreamService,
        _ refresh: RefreshService
    ) {
        self.context = context
        self.stores = stores
        self.upstreams = upstreams
        self.refresh = refresh
    }

    var discoverer: Discoverer { made.value }

    func start() async throws(StartFailure) {
        let refresh = refresh
        made.set(
            Discoverer(
                DiscoveryRun(
                    store: stores.store,
                    catalog: LambdaFunctionCatalog(access: upstreams.maker.access),
                    defaults: context.config.defaults
                ),
                loop: context.control,
                log: context.log.module(.discovery),
                metrics: context.metrics.discoveries,
                refresh: { refresh.refresher.refreshSoon($0) }
            )
        )
    }

    func open() async throws(StartFailure) {
        let entries = context.config.discovery
        let known = Set(
            ((try? await stores.store.read { reading throws(StoreError) in try reading.discoveries() }) ?? [])
                .map { $0.name }
        )
        let first = entries.filter { $0.isFromEnvironment && !known.contains($0.name) }
        let looks = discoverer.use(entries)
        guard !first.isEmpty else { return }
        let control = context.control
        await withCheckedContinuation { continuation in
            let end = FirstOfTwo(continuation)
            Task.detached {
                for look in looks { await look.value }
                end.end()
            }
            Task.detached(executorPreference: control) {
                await control.sleep(for: Self.patience)
                end.end()
            }
        }
    }

    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        discoverer.use(config.discovery)
    }

    func drain(until deadline: ContinuousClock.Instant) async { discoverer.stop() }

    /// For a start that failed later on, where no drain came first.
    func stop() async { discoverer.stop() }
}
