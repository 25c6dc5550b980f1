import AdminAPI
import Bytes
import Config
import Control
import Curl
import EventLoop
import Model
import Store

/// Lets a command ask targets for their tools. The transport is made when it's needed, as most verbs need none.
///
/// One loop's thread only.
struct CommandInquiry: CatalogInquiry {
    let session: Session
    let store: Store::Store
    let config: GatewayConfig
    let loop: EventLoop
    /// Whether functions of target files are asked at the local Lambda endpoint even if no server runs there.
    let isLocal: Bool
    let progress: @Sendable (CatalogRefresh.Progress) -> Void

    func refresh(_ name: TargetName?) async throws(StoreError) -> [CatalogRefresh.Report] {
        let way = makeWay()
        let outcome: Result<[CatalogRefresh.Report], StoreError>
        do throws(StoreError) {
            outcome = .success(try await inquiry(way.source).refresh(name))
        } catch {
            outcome = .failure(error)
        }
        way.transport?.close()
        return try outcome.get()
    }

    func refreshSoon(_ name: TargetName) {}

    func test(
        _ target: TargetRecord,
        _ request: TrialRequest
    ) async throws(ModelFault) -> TargetTrial {
        let way = makeWay()
        let outcome: Result<TargetTrial, ModelFault>
        do throws(ModelFault) {
            outcome = .success(try await inquiry(way.source).test(target, request))
        } catch {
            outcome = .failure(error)
        }
        way.transport?.close()
        return try outcome.get()
    }

    var discoveries: [GatewayConfig.Discovery] { config.discovery }

    func discover(
        _ order: DiscoveryOrder,
        as actor: Actor,
        requestID: String?
    ) async throws(StoreError) -> DiscoveryRun.Report {
        let access: AWSAccess
        do throws(AWSAccessError) {
            access = try AWSAccess(config: config.aws, environment: session.environment)
        } catch {
            throw StoreError(.failed, error.message, hint: error.hint)
        }
        let run = DiscoveryRun(
            store: store,
            catalog: LambdaFunctionCatalog(access: access),
            defaults: config.defaults,
            nowMs: session.nowMs
        )
        let outcome: Result<DiscoveryRun.Report, StoreError>
        do throws(StoreError) {
            outcome = .success(try await run.report(order, as: actor, requestID: requestID))
        } catch {
            outcome = .failure(error)
        }
        await access.close()
        return try outcome.get()
    }

    private func inquiry(_ source: any ToolSource) -> SourceInquiry {
        SourceInquiry(
            store: store,
            source: source,
            configuration: CatalogRefresh.Configuration(config),
            progress: progress
        )
    }

    private func makeWay() -> (transport: OutboundTransport?, source: any ToolSource) {
        var transport: OutboundTransport?
        do {
            let made = try session.makeTransport(
                loop,
                try ProxySettings(environment: session.environment)
            )
            transport = made
            let local = try session.localLambda(store, config, isAsked: isLocal)
            return (made, try session.makeSource(config, loop, made, local: local))
        } catch {
            return (transport, UnreachableSource(reason: "\(error)"))
        }
    }
}

/// Takes the place of functions that can't be asked, because TLS or AWS's settings aren't usable.
private struct UnreachableSource: ToolSource {
    let reason: String

    func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        throw error
    }

    private var error: ToolSourceError { ToolSourceError(reason, hint: "`mcp-gateway doctor` looks") }

    func attempt(_ target: TargetSpec, _ event: TrialEvent?, timeout: Duration) async -> FunctionAttempt {
        var attempt = FunctionAttempt(
            function: target.function,
            qualifier: target.qualifier,
            permission: .unknown(error)
        )
        if event != nil { attempt.outcome = .failure(error) }
        return attempt
    }
}
