import Telemetry
import Config
import EventLoop
import Gateway
import Records

/// The services of one gateway, put together.
struct Assembly: Sendable {
    let services: ServiceList
    let agents: AgentService
    let admin: AdminService
    let targets: TargetService
    let store: StoreService

    /// - Parameter queue: runs the reloads that are asked for through the store.
    init(_ context: GatewayContext, _ queue: ReloadQueue) {
        let loops = LoopService(count: context.loopCount)
        store = StoreService(context)
        targets = TargetService(context, store)
        let localCallers = LocalCallers()
        let inForce = InForce(context, store, localCallers)
        let snapshots = SnapshotService(context, store)
        let writer = PeriodicWriter(context, store)
        // Services that receive the calls that have ended; they stand before `records` in the list below.
        let traces = TraceService(context)
        let keeper = CallBodyKeeper(nowMs: { WallClock.nowMs() })
        let recordFiles = RecordFileService(context, keeper: keeper)
        let callTakers: [any CallTaking] = [recordFiles, traces, AccessLogService(context)]
        let records = RecordService(
            takers: callTakers,
            CallRecorder.Settings(
                takesDigests: context.config.records.receipts,
                takesShapes: context.config.records.isEnabled
            )
        )
        let calls = CallService(writer, log: context.log.module(.calls))
        let upstreams = UpstreamService(context, targets)
        let refresh = RefreshService(context, store, targets, upstreams, traces)
        let news = ToldChanges(on: context.control) { refresh.refresher.refreshSoon($0) }
        agents = AgentService(context, loops, store, upstreams, writer, records, traces, inForce, news)
        let discovery = DiscoveryService(context, store, upstreams, refresh)
        admin = AdminService(context, store, refresh, discovery, inForce, localCallers, targets)
        let watch = WatchService(context, targets, refresh, queue)
        let reloads = ReloadListener(context, store, targets) { await queue.reload() }
        let memory = MemoryTrimmer(on: context.control, log: context.log)
        let windows = CallWindows(context)
        let watchOfLoops = LoopWatch(context, loops)
        var list: [any Service] = [
            loops, store, FirstTenantService(context, store), admin, targets, inForce, snapshots, writer,
        ]
        list += [CloudWatchService(context), RepeatTeller(on: context.control, log: context.log)]
        list += callTakers
        list += [records, calls, upstreams]
        // Without this service keys are the only credentials that are accepted.
        if let tokens = context.tokens { list.append(TokenKeyService(context, tokens, upstreams)) }
        list += [discovery, agents, reloads, refresh, watch, memory, windows, watchOfLoops, context.health]
        let health = context.health
        services = ServiceList(list) { service in health.isStarting(service) }
    }
}
