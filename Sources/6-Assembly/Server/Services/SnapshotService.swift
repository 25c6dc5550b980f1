import Calendar
import EventLoop
import Config
import Control
import Gateway
import Store
import Telemetry

/// Publishes the store's snapshots to the loops, from the first one on.
final class SnapshotService: Service {
    let name = "snapshots"
    let startingWords = "no snapshot of the store is loaded yet"
    private let context: GatewayContext
    private let stores: StoreService

    init(_ context: GatewayContext, _ stores: StoreService) {
        self.context = context
        self.stores = stores
    }

    func start() async throws(StartFailure) {
        do throws(StoreError) {
            try await judgeTools()
            try await watch()
        } catch {
            throw StartFailure("store: \(error)")
        }
    }

    /// Only the store's reader publishes states, so that they keep their order.
    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        let (publisher, limits, defaults) = (context.publisher, config.limits, config.defaults)
        let (prices, inputTimeoutMs) = (config.prices, Int(config.agents.inputTimeout.milliseconds))
        do throws(StoreError) {
            try await stores.store.read { _ throws(StoreError) in
                publisher.publish { settings in
                    settings.pageSize = defaults.pageSize
                    settings.inputTimeoutMs = inputTimeoutMs
                    settings.streamMessageBytesMax = defaults.streamMessageBytesMax
                    settings.streamBytesMax = defaults.streamBytesMax
                    settings.requestRate = limits.requestRate
                    settings.requestBurst = limits.requestBurst
                    settings.prices = prices
                }
            }
        } catch {
            report.faults.append("store: \(error)")
        }
    }

    /// Applies this version's rules to the tools that an older version stored; must run before the first list is shown.
    private func judgeTools() async throws(StoreError) {
        let counts = try await CatalogJudgement.run(
            store: stores.store,
            toolNameMax: context.config.defaults.toolNameMax
        )
        guard counts.judged > 0 else { return }
        context.log.module(.store).write(
            .info,
            "tools judged by this version's rules",
            [
                ("judged", "\(counts.judged)"), ("changed", "\(counts.changed)"),
                ("refused", "\(counts.refused)"),
            ]
        )
    }

    /// The first snapshot is published when this returns.
    private func watch() async throws(StoreError) {
        let (publisher, snapshots, log) = (
            context.publisher, context.metrics.snapshots, context.log.module(.store)
        )
        try await stores.store.watch(
            publish: { publisher.publish($0) },
            onLoad: { cost in
                snapshots.read.observe(nanoseconds: cost.read.nanoseconds)
                snapshots.compile.observe(nanoseconds: cost.compile.nanoseconds)
            },
            onPlace: { fault in
                if let fault {
                    log.write(
                        .error,
                        "the store's files are not in their place; /readyz is 503 until they are",
                        [("error", fault.message), ("hint", fault.hint)]
                    )
                } else {
                    log.write(.info, "the store's files are in their place again; writing goes on")
                }
            },
            onFailure: { log.write(.error, "the store cannot be read", [("error", "\($0)")]) }
        )
    }
}
