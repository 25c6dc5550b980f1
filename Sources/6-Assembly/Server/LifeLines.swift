import Config
import Gateway
import Control
import System
import Telemetry

/// The lines of the log about the process's own life.
extension GatewayLog {
    /// Written once everything is served.
    func started(_ context: GatewayContext, _ addresses: GatewayServer.Addresses) {
        var values = [
            ("version", gatewayVersion),
            ("config", context.loaded.file.map { Files.absolute($0) } ?? "defaults"),
            ("mode", context.isLocal ? "local" : "aws"), ("agents", addresses.agents),
            ("admin", addresses.admin), ("lambda", addresses.lambda ?? ""),
            ("store", Files.absolute(context.config.store.path)),
        ]
        values += context.reports.counts
        write(.info, "started", values)
    }

    /// The last line: everything is drained and closed.
    func ended(_ context: GatewayContext) {
        write(
            .info,
            "ended",
            [
                ("calls", "\(context.metrics.callsEnded)"),
                ("uptime_seconds", "\(context.reports.uptimeSeconds)"),
            ]
        )
    }
}

extension GatewayServer.Addresses {
    /// The status text that `systemctl status` shows.
    var status: String { "serving agents at \(agents), operators at \(admin)" }
}
