import Telemetry
package import Config
import EventLoop
import Gateway
import HTTPServer
import System
import Threads

/// `mcp-gateway lambda serve`: the local Lambda endpoint alone.
package enum LambdaServeCommand {
    /// Blocks until SIGTERM or SIGINT. Prints one line on standard output once it is ready.
    /// - Returns: the exit status: 0 when a signal ended it, 1 when it could not start.
    package static func run(_ loaded: LoadedConfig) -> Int32 {
        _ = ProcessResources.raiseDescriptorLimit()
        ProcessResources.tuneMemory()
        SignalWatcher.block()
        let output = ErrorOutput(loaded.config.log, isPatient: true)
        defer { output.finish() }
        let log = LogSink.log(loaded.config.log, to: output)
        let folder = TargetFolder.load(loaded.config.targets.directory, environment: Files.environment())
            .runnable()
        for fault in folder.faults { log.write(.error, "not served", [("error", "\(fault.fault)")]) }
        let control: EventLoop
        do throws(LoopError) {
            control = try EventLoop(name: "control")
            try control.start()
        } catch {
            output.write("mcp-gateway: \(error)\n")
            return 1
        }
        let status = Handover<Int32>()
        let asked = Handover<Void>()
        control.execute {
            let holder = Holder()
            holder.watcher = try? SignalWatcher(loop: control) { signal in
                if signal != .hangUp { asked.give(()) }
                _ = holder  // lives as long as the watcher
            }
        }
        let config = loaded.config
        let terminal = FunctionTerminal(config, log: log.module(.functions), environment: Files.environment())
        {
            output.write($0)
        }
        Task.detached {
            do {
                let buffers = BufferBudget(bytesMax: config.server.bufferBytesMax)
                let host = try await LocalLambdaHost(
                    config,
                    targets: folder.targets,
                    buffers: buffers,
                    terminal: terminal
                )
                await host.handChanges { changes in
                    for (target, files) in changes.targets where !files.isDeclaration {
                        terminal.say("reloaded: \(files.text)", of: target)
                    }
                }
                StandardStreams.writeOutput("ready lambda=\(host.address)\n")
                await waitOffLoop(asked)
                await host.stop()
                status.give(0)
            } catch {
                output.write("mcp-gateway: not started\n\(error)\n")
                status.give(1)
            }
        }
        let result = status.wait()
        control.stop()
        control.join()
        return result
    }

    @concurrent
    private static func waitOffLoop(_ asked: Handover<Void>) async { asked.wait() }

    private final class Holder {
        var watcher: SignalWatcher?
    }
}
