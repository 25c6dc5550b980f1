package import Config
import Control
package import EventLoop
package import Gateway
import System

/// One running gateway, from start to the last drained call: its services, and the settings that are in force.
///
/// The control plane: nothing here is on a request's path.
package actor GatewayServer {
    /// The addresses that the listeners got.
    package struct Addresses: Sendable {
        /// e.g. `http://127.0.0.1:3000/mcp`
        package let agents: String
        package let admin: String
        package let lambda: String?
    }

    nonisolated let context: GatewayContext
    nonisolated let assembly: Assembly
    /// The settings that were read last.
    var latest: LoadedConfig
    /// The settings that are in force.
    var loaded: LoadedConfig
    private let reloads: ReloadQueue
    /// The start, once it has begun. Reloads wait for it, as they would miss services that aren't started yet.
    private(set) var starting: Task<Result<Addresses, StartFailure>, Never>?

    /// - Parameters:
    ///   - control: a running loop for the admin listener and for refreshes.
    ///   - local: whether functions described by target files run on this machine.
    /// - Throws: a fault of the settings that shows only when all of them are looked at together.
    package init(
        _ loaded: LoadedConfig,
        local: Bool,
        environment: [String: String],
        control: EventLoop,
        log: GatewayLog,
        output: ErrorOutput
    ) throws(StartFailure) {
        let reloads = ReloadQueue()
        context = try GatewayContext(
            loaded,
            isLocal: local,
            environment: environment,
            control: control,
            log: log,
            output: output
        )
        assembly = Assembly(context, reloads)
        latest = loaded
        self.loaded = loaded
        self.reloads = reloads
        reloads.use { [weak self] in await self?.reloadNow() ?? ReloadReport() }
    }

    /// Starts all services; ready for agents when this returns.
    /// - Throws: why the start failed, after everything that was started is stopped again; a failure without faults
    ///   when `shutdown` was called.
    package func start() async throws(StartFailure) -> Addresses {
        let task = Task { await startServices() }
        starting = task
        return try await task.value.get()
    }

    private func startServices() async -> Result<Addresses, StartFailure> {
        do throws(StartFailure) { try await assembly.services.start() } catch { return .failure(error) }
        let addresses = addresses
        context.log.started(context, addresses)
        return .success(addresses)
    }

    /// The addresses of the listeners, once everything is started.
    var addresses: Addresses {
        Addresses(
            agents: context.config.agentsURL(port: assembly.agents.port),
            admin: context.config.adminURL(port: assembly.admin.port),
            lambda: assembly.targets.local?.address
        )
    }

    /// Reads gateway.toml, the certificate, the credentials and the target files again, and applies what a running
    /// gateway can. Faulty parts stay as they were. Reloads run one after another.
    /// - Returns: what the reload changed; the log has it too.
    @discardableResult
    package nonisolated func reload() async -> ReloadReport { await reloads.reload() }

    /// Turns away new work, finishes what is under way within the drain timeout, and closes everything.
    package func shutdown() async {
        context.notice?.stopping("draining, for \(loaded.config.server.drainTimeout) at most")
        await assembly.services.shutdown(within: loaded.config.server.drainTimeout)
        context.log.ended(context)
    }
}
