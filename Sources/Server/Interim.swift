import Bytes
import Config
import Contracts
import Crypto
import EventLoop
import Gateway
import MCP
import Policy
import Store
import Telemetry

let gatewayVersion = "0.1.0"

enum FileTargetSync {
    static func run(_ targets: [TargetFile], defaults: GatewayConfig.Defaults, store: Store) async throws -> FileTargetsSync {
        var specs: [TargetSpec] = []
        for target in targets {
            specs.append(
                TargetSpec(
                    name: try TargetName(target.name), function: target.function, qualifier: target.qualifier,
                    region: target.region, endpoint: target.endpoint, contract: target.contract.rawValue,
                    approval: (target.approval ?? defaults.approval).rawValue, isEnabled: target.isEnabled,
                    timeoutMs: Int((target.timeout ?? defaults.callTimeout).nanoseconds / 1_000_000),
                    description: target.description, toolsJSON: nil, filePath: target.file
                )
            )
        }
        let all = specs
        return try await store.write { w throws(StoreError) in try w.syncFileTargets(all) }
    }
}

extension FileTargetsSync {
    var isQuiet: Bool { added.isEmpty && updated.isEmpty && removed.isEmpty }
}

protocol ToolSource: Sendable {
    func list(_ entry: TargetEntry, payload: ByteBuffer) async -> UpstreamOutcome
}

final class UpstreamToolSource: ToolSource {
    let upstream: LambdaUpstream
    let loop: EventLoop
    init(upstream: LambdaUpstream, loop: EventLoop) {
        self.upstream = upstream
        self.loop = loop
    }
    func list(_ entry: TargetEntry, payload: ByteBuffer) async -> UpstreamOutcome {
        await Task(executorPreference: loop) { [upstream] in
            await upstream.invoke(UpstreamTarget(entry), payload: payload, cancellation: nil)
        }.value
    }
}

final class Refresher: Sendable {
    let store: Store
    let toolSource: any ToolSource
    let log: GatewayLog
    init(store: Store, config: GatewayConfig, toolSource: any ToolSource, metrics: GatewayMetrics, log: GatewayLog) async throws(StartFailure) {
        self.store = store
        self.toolSource = toolSource
        self.log = log
    }
    func start(on loop: EventLoop) { refreshSoon() }
    func stop() async {}
    func refreshSoon() { Task.detached { await self.refresh() } }
    func refresh() async {
        guard let snapshot = try? await store.loadSnapshot() else { return }
        for entry in snapshot.targets where entry.isEnabled {
            do {
                guard let contract = Contract(rawValue: entry.contract) else { continue }
                var payload = ByteBuffer()
                try contract.appendListPayload(cursor: nil, id: 1, to: &payload)
                guard case .answered(let answer) = await toolSource.list(entry, payload: payload) else {
                    log.write(.warning, "refresh of \(entry.name) failed")
                    continue
                }
                let list = try contract.readToolList(answer.bytes, payload: answer.payload, isFunctionError: false)
                var tools: [Store::ToolDefinition] = []
                for tool in list.tools {
                    let checked = try MCP::ToolDefinition(list.bytes.span, in: tool.definition)
                    guard let digest = Digest(SHA256.hash(checked.canonical.bytes).array) else { continue }
                    tools.append(Store::ToolDefinition(name: checked.name, json: Array(list.bytes[tool.definition]), sha256: digest))
                }
                let (id, all) = (entry.id, tools)
                let counts = try await store.write { w throws(StoreError) in
                    try w.applyRefresh(targetID: id, tools: all, durationMs: 1)
                }
                log.write(.info, "refreshed \(entry.name): \(counts)")
            } catch {
                log.write(.warning, "refresh of \(entry.name): \(error)")
            }
        }
    }
}
func openStore(_ config: GatewayConfig) throws(StoreError) -> Store { try Store.open(path: config.store.path) }
