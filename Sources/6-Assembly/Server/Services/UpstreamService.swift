import AWS
import Calendar
import Config
import Control
import Gateway
import Store

/// The credentials, and the connections to Lambda of all loops.
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
            access = try AWSAccess(config: context.config.aws, environment: context.environment)
        } catch {
            throw StartFailure("\(error)")
        }
        // Found now, so that no loop reads a file at its first call; a fault is told by that call.
        _ = try? access.credentials.credentials()
        context.live.invokes { [credentials = access.credentials] in
            guard let found = try? credentials.credentials(), let end = found.expiration else { return nil }
            return ServerStatus.Expiry(name: found.source, atMs: Int64(end.epochSeconds) * 1_000)
        }
        made.set(
            try UpstreamMaker(
                access: access,
                environment: context.environment,
                local: targets.local?.route,
                transports: transports
            )
        )
    }

    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        if let fault = maker.access.credentials.reloadOrKeep() {
            report.faults.append("the AWS credentials in force are kept: \(fault)")
        }
    }

    func stop() async { await transports.close() }
}
