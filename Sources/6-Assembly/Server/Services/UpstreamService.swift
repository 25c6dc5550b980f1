import Telemetry
import AWS
import Calendar
import Config
import Control
import EventLoop
import Gateway
import Store
import Synchronization

/// The AWS credentials, and each loop's connections to Lambda.
final class UpstreamService: Service {
    let name = "upstreams"
    let startingWords = "the way to functions is being made"
    private let context: GatewayContext
    private let targets: TargetService
    private let transports = TransportList()
    private let made = Started<UpstreamMaker>("upstreams")

    init(_ context: GatewayContext, _ targets: TargetService) {
        self.context = context
        self.targets = targets
    }

    var maker: UpstreamMaker { made.value }

    func start() async throws(StartFailure) {
        let access: AWSAccess
        do throws(AWSAccessError) {
            let log = context.log.module(.aws)
            access = try AWSAccess(config: context.config.aws, environment: context.environment) { notice in
                log.write(notice.weight.level, notice.message, notice.values)
            }
        } catch {
            throw StartFailure("\(error)")
        }
        context.reports.signs(access.credentials)
        context.live.invokes { [credentials = access.credentials] in expiry(of: credentials) }
        // Credentials are found now, so that no loop reads a file at its first call; that call reports a fault. Where
        // functions run on this machine, the start doesn't wait for credentials that may never be needed.
        if context.isLocal {
            _ = try? access.credentials.credentials()
        } else {
            await isReady(access.credentials, atMost: Self.patience)
        }
        let maker = try UpstreamMaker(
            access: access,
            environment: context.environment,
            local: targets.local?.route,
            transports: transports
        )
        if let roles = maker.roles {
            context.live.takesRoles { roles.standings }
            context.publisher.subscribe(context.control) { roles.published($0) }
        }
        made.set(maker)
    }

    /// How long a start waits for credentials. Calls that come before they are found fail and say so.
    private static let patience = Duration.seconds(5)

    /// Returns when the first search for credentials has ended, or after `patience`.
    private func isReady(_ credentials: any CredentialsProvider, atMost patience: Duration) async {
        let control = context.control
        await withCheckedContinuation { continuation in
            let first = FirstOfTwo(continuation)
            Task.detached {
                await credentials.ready()
                first.end()
            }
            Task.detached(executorPreference: control) {
                await control.sleep(for: patience)
                first.end()
            }
        }
    }

    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        if let fault = await maker.access.credentials.reloadOrKeep() {
            report.faults.append("the AWS credentials in force are kept: \(fault)")
        }
    }

    func stop() async {
        await transports.close()
        await maker.access.close()
    }
}

/// When the AWS credentials in use expire, if an operator should know: for credentials that are renewed automatically,
/// only after a renewal failed.
private func expiry(of credentials: any CredentialsProvider) -> ServerStatus.Expiry? {
    func expiry(_ source: String, _ end: UTCTime) -> ServerStatus.Expiry {
        ServerStatus.Expiry(name: source, atMs: Int64(end.epochSeconds) * 1_000)
    }
    do throws(CredentialsError) {
        let found = try credentials.credentials()
        let report = credentials.report
        if report.isRenewed && report.failure == nil { return nil }
        return found.expiration.map { expiry(found.source, $0) }
    } catch {
        if case .expired(let source, let end, _) = error { return expiry(source, end) }
        return nil
    }
}

/// Resumes when the first of two tasks ends.
final class FirstOfTwo: Sendable {
    private let waiting: Locked<CheckedContinuation<Void, Never>?>

    init(_ continuation: CheckedContinuation<Void, Never>) { waiting = Locked(continuation) }

    func end() { waiting.withLock { exchange(&$0, with: nil) }?.resume() }
}

extension CredentialsNotice.Weight {
    fileprivate var level: GatewayLog.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
