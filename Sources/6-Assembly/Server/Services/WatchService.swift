/// Applies changes of target files as they are saved, if functions run on this machine.
final class WatchService: Service {
    let name = "watch"
    private let context: GatewayContext
    private let targets: TargetService
    private let refresh: RefreshService
    private let queue: ReloadQueue
    private let live = Started<LiveTargets>("watch")

    init(
        _ context: GatewayContext,
        _ targets: TargetService,
        _ refresh: RefreshService,
        _ queue: ReloadQueue
    ) {
        self.context = context
        self.targets = targets
        self.refresh = refresh
        self.queue = queue
    }

    func start() async throws(StartFailure) {
        live.set(LiveTargets(targets, refresh.refresher, queue, targets.terminal))
    }

    func open() async throws(StartFailure) {
        let live = live.value
        await targets.local?.handChanges { changes in
            Task.detached { await live.take(changes) }
        }
    }

    func drain(until deadline: ContinuousClock.Instant) async { await stop() }

    func stop() async {
        await targets.local?.stopWatching()
        await live.value.stop()
    }
}
