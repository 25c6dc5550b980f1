import Telemetry
import EventLoop
import Config
import Control
import Gateway
import System
import Synchronization

extension GatewayServer {
    func reloadNow() async -> ReloadReport {
        _ = await starting?.value
        context.log.module(.config).write(.info, "reloading")
        context.notice?.reloading()
        var report = ReloadReport()
        do throws(ConfigFaults) {
            var references: Set = ["aws", "environment", "traces"]
            if context.isLocal { references.insert("local_lambda") }
            let new = try GatewayConfig.load(
                file: context.loaded.file,
                environment: context.environment,
                needing: .wholeFile(references: references),
                keptValues: KeptValues.reader(environment: context.environment)
            )
            await apply(new, &report)
        } catch {
            report.isRefused = true
            report.faults = error.faults.map { $0.description }
        }
        // Before the log: whoever reads of a reload there finds it in the status.
        context.live.reloaded(report)
        context.log.module(.config).write(
            report.isRefused ? .error : report.faults.isEmpty ? .info : .warning,
            report.text
        )
        context.notice?.ready(addresses.status)
        return report
    }

    private func apply(_ new: LoadedConfig, _ report: inout ReloadReport) async {
        let started = context.loaded
        let running = loaded.config
        var config = LiveSettings.laid(new.config, over: running)
        func isLive(_ name: String) -> Bool { LiveSettings.isLive(name, new.config, over: running) }
        report.applied = latest.changes(to: new).filter(isLive)
        report.needsRestart = started.changes(to: new).filter { !isLive($0) }
        latest = new
        context.log.setLevels(config.log.allLevels)
        await assembly.services.reload(&config, &report)
        loaded = new.with(config)
    }
}

/// Runs reloads one after another, whoever asks for them. Any thread.
final class ReloadQueue: Sendable {
    private struct State {
        var reload: (@Sendable () async -> ReloadReport)?
        /// The last reload that has begun.
        var last: Task<Void, Never>?
    }

    private let state = Locked(State())

    /// - Parameter reload: does one reload.
    func use(_ reload: @escaping @Sendable () async -> ReloadReport) { state.withLock { $0.reload = reload } }

    /// Returns when a reload that began after this call has ended.
    func reload() async -> ReloadReport {
        let reload = state.withLock { $0.reload }
        return await run { await reload?() ?? ReloadReport() }
    }

    /// Runs `body` after all reloads that were asked for before; later ones wait for it.
    func run<T: Sendable>(_ body: @escaping @Sendable () async -> T) async -> T {
        let task = state.withLock { state in
            let previous = state.last
            let task = Task {
                await previous?.value
                return await body()
            }
            state.last = Task { _ = await task.value }
            return task
        }
        return await task.value
    }
}
