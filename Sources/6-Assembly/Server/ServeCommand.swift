import Telemetry
package import Config
import EventLoop
import Gateway
import System
import Threads

/// `mcp-gateway serve`: runs a gateway until a signal ends it.
package enum ServeCommand {
    /// Blocks. SIGTERM or SIGINT drains and ends it, a second one ends it at once; SIGHUP reloads.
    ///
    /// Prints one line on standard output once it is ready.
    /// - Returns: the exit status: 0 after a drain, 1 when it could not start.
    package static func run(_ loaded: LoadedConfig, local: Bool) -> Int32 {
        ProcessResources.tuneMemory()
        SignalWatcher.block()
        let output = ErrorOutput(loaded.config.log, isPatient: local)
        defer { output.finish() }
        let log = LogSink.log(loaded.config.log, to: output)
        for note in loaded.notes { log.module(.config).write(.warning, note) }
        let control: EventLoop
        do throws(LoopError) {
            control = try EventLoop(name: "control")
            try control.start()
        } catch {
            output.write("mcp-gateway: \(error)\n")
            return 1
        }
        let server: GatewayServer
        do throws(StartFailure) {
            server = try GatewayServer(
                loaded,
                local: local,
                environment: Files.environment(),
                control: control,
                log: log,
                output: output
            )
        } catch {
            output.write("mcp-gateway: not started\n\(error)\n")
            control.stop()
            control.join()
            return 1
        }
        let status = Handover<Int32>()
        watchSignals(control, server, status, log)
        Task.detached { await start(server, status, output) }
        let result = status.wait()
        control.stop()
        control.join()
        return result
    }

    private static func start(
        _ server: GatewayServer,
        _ status: Handover<Int32>,
        _ output: ErrorOutput
    ) async {
        do throws(StartFailure) {
            let addresses = try await server.start()
            var line = "ready agents=\(addresses.agents) admin=\(addresses.admin)"
            if let lambda = addresses.lambda { line += " lambda=\(lambda)" }
            StandardStreams.writeOutput(line + "\n")
            server.context.notice?.ready(addresses.status)
            await server.logStartHints()
        } catch {
            // A signal ended it before it had started; the signal's handler sets the exit status.
            if error.faults.isEmpty { return }
            output.write("mcp-gateway: not started\n\(error)\n")
            status.give(1)
        }
    }

    private static func watchSignals(
        _ control: EventLoop,
        _ server: GatewayServer,
        _ status: Handover<Int32>,
        _ log: GatewayLog
    ) {
        control.execute {
            let ending = Ending()
            let watcher = try? SignalWatcher(loop: control) { signal in
                if signal == .hangUp {
                    Task.detached { await server.reload() }
                } else if ending.isAsked {
                    log.write(.warning, "ending at once")
                    status.give(1)
                } else {
                    ending.isAsked = true
                    log.write(.info, "draining", [("signal", signal == .terminate ? "TERM" : "INT")])
                    Task.detached {
                        await server.shutdown()
                        status.give(0)
                    }
                }
            }
            if watcher == nil { log.write(.error, "signals cannot be watched; end the process with SIGKILL") }
            ending.watcher = watcher
        }
    }

    /// The state of the signal handler. Control loop only.
    private final class Ending {
        var isAsked = false
        var watcher: SignalWatcher?
    }
}
