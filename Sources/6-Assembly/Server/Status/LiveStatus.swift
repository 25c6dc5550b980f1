import AdminAPI
package import Control
import EventLoop
import Gateway
import Store
import Synchronization
package import Telemetry

/// What this server knows of itself, for `/status` and the admin API. Its services report it as they start. Any thread.
package final class LiveStatus: StatusSource {
    private struct State {
        var agents = ""
        var admin = ""
        var lambda: String?
        var store: Store::Store?
        var reload: (atMs: Int64, report: ReloadReport)?
        var certificate: (@Sendable () -> Int64?)?
        var credentials: (@Sendable () -> ServerStatus.Expiry?)?
        var records: (@Sendable () -> ServerStatus.Records)?
        var traces: (@Sendable () -> ServerStatus.Traces?)?
        var roles: (@Sendable () -> [RoleStanding])?
    }

    private let metrics: GatewayMetrics
    private let health: Health
    private let version: String
    private let startedMs: Int64
    private let isLocal: Bool
    private let state = Locked(State())

    package init(
        metrics: GatewayMetrics,
        health: Health,
        version: String,
        startedMs: Int64,
        isLocal: Bool
    ) {
        self.metrics = metrics
        self.health = health
        self.version = version
        self.startedMs = startedMs
        self.isLocal = isLocal
    }

    /// The store, once it is open.
    func opened(_ store: Store::Store) { state.withLock { $0.store = store } }

    /// To be called once the agents' listener is open.
    /// - Parameter certificate: when the certificate in force expires, in milliseconds since 1970; nil for plain HTTP.
    func agentsListen(at url: String, certificate: @escaping @Sendable () -> Int64?) {
        state.withLock { state in
            state.agents = url
            state.certificate = certificate
        }
    }

    func adminListens(at url: String) { state.withLock { $0.admin = url } }

    func functionsRun(at url: String) { state.withLock { $0.lambda = url } }

    /// - Parameter expiry: when the AWS credentials in force expire, if that is known.
    func invokes(with expiry: @escaping @Sendable () -> ServerStatus.Expiry?) {
        state.withLock { $0.credentials = expiry }
    }

    /// - Parameter standings: the roles that can't be taken or renewed.
    func takesRoles(_ standings: @escaping @Sendable () -> [RoleStanding]) {
        state.withLock { $0.roles = standings }
    }

    /// - Parameter status: how records of calls are written.
    func records(_ status: @escaping @Sendable () -> ServerStatus.Records) {
        state.withLock { $0.records = status }
    }

    /// - Parameter status: nil while spans reach the collector.
    func traces(_ status: @escaping @Sendable () -> ServerStatus.Traces?) {
        state.withLock { $0.traces = status }
    }

    func reloaded(_ report: ReloadReport) {
        let atMs = WallClock.nowMs()
        state.withLock { $0.reload = (atMs, report) }
    }

    /// The last reload; nil before the first.
    var reload: (atMs: Int64, report: ReloadReport)? { state.withLock { $0.reload } }

    var store: Store::Store? { state.withLock { $0.store } }

    /// Whether agents are served.
    var isReady: Bool { health.isReady }

    /// When the certificate of the agents' listener expires, in milliseconds since 1970; nil for plain HTTP.
    var certificateEndsAtMs: Int64? { state.withLock { $0.certificate }?() }

    /// Checks the store's files, and sums the calls of all targets: some microseconds for each.
    package func status() -> ServerStatus {
        let state = state.withLock { $0 }
        var status = ServerStatus(
            name: ServerProcess.own,
            version: version,
            startedAtMs: startedMs,
            isLocal: isLocal
        )
        (status.agents, status.admin, status.lambda) = (state.agents, state.admin, state.lambda)
        status.notReady = health.reason
        status.storeFault = (state.store?.displacement).map { .init(message: $0.message, hint: $0.hint) }
        if let (atMs, report) = state.reload {
            status.lastReload = .init(atMs: atMs, isGood: report.faults.isEmpty, text: report.text)
            status.needsRestart = report.needsRestart
        }
        if let atMs = certificateEndsAtMs {
            status.certificates = [.init(name: "tls.certificate", atMs: atMs)]
        }
        status.credentials = state.credentials?()
        status.records = state.records?()
        status.traces = state.traces?()
        status.roles = state.roles?() ?? []
        status.calls = metrics.callFigures(nowMs: Self.windowMs)
        return status
    }

    /// The clock of the windows in which calls are summed.
    static var windowMs: Int64 { Int64(EventLoop.currentNs / 1_000_000) }
}
