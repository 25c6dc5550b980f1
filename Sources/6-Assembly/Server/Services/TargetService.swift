import Telemetry
import EventLoop
import AWS
import Config
import Control
import Gateway
import LocalLambda
import Store
import Synchronization

/// The target files: reads them, runs their functions in the local Lambda if they say so, and stores them.
final class TargetService: Service {
    let name = "targets"
    let startingWords = "the target files are being read"
    private let context: GatewayContext
    private let stores: StoreService
    private let host = Started<LocalLambdaHost?>("targets")
    /// The target files whose functions run here.
    private let running = Locked<[TargetFile]>([])
    /// Targets that files declare, wherever they run; for messages about changes.
    private let declared = Locked<Set<String>>([])
    private let whenReloaded = Locked<@Sendable () -> Void>({})
    let terminal: FunctionTerminal

    init(_ context: GatewayContext, _ stores: StoreService) {
        self.context = context
        self.stores = stores
        let output = context.output
        terminal = FunctionTerminal(
            context.config,
            log: context.log.module(.functions),
            environment: context.environment
        ) {
            output.write($0)
        }
    }

    /// nil when no function runs on this machine.
    var local: LocalLambdaHost? { host.value }

    /// Targets whose functions run on this machine.
    var localNames: Set<String> { Set(running.withLock { $0 }.map { $0.name }) }

    /// Targets that files declare at present.
    var declaredNames: Set<String> { declared.withLock { $0 } }

    /// Calls `body` after each reload of the target files.
    func afterReload(_ body: @escaping @Sendable () -> Void) { whenReloaded.withLock { $0 = body } }

    func start() async throws(StartFailure) {
        var folder = read()
        var made: LocalLambdaHost?
        if context.isLocal {
            made = try await LocalLambdaHost(
                context.config,
                targets: folder.targets,
                buffers: context.budget,
                terminal: terminal
            )
            // Files may have been saved before the watch began, so they are read again.
            folder = read()
        }
        host.set(made)
        if let made { context.live.functionsRun(at: made.address) }
        do throws(StoreError) {
            note(try await synchronize(folder))
        } catch {
            await made?.stop()
            throw StartFailure("targets: \(error)")
        }
    }

    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {
        do throws(StoreError) {
            let sync = try await synchronize(read())
            note(sync)
            // Where changes aren't noticed, a reload is the only way to apply them.
            await local?.renew()
            report.added = sync.changes.added.map { $0.text }
            report.updated = sync.changes.updated.map { $0.text }
            report.removed = sync.changes.removed.map { $0.text }
            report.kept = sync.kept.map { $0.text }
            report.faults += sync.faults.map { $0.fault.description }
            whenReloaded.withLock { $0 }()
        } catch {
            report.faults.append("the targets in force are kept: \(error)")
        }
    }

    func stop() async { await local?.stop() }

    /// Reads the target files again, and applies their declarations. The caller reports the outcome.
    func takeFiles() async -> Result<FileTargetSync, StoreError> {
        do throws(StoreError) { return .success(try await synchronize(read())) } catch {
            return .failure(error)
        }
    }

    /// Reads the target files. A faulty one doesn't affect the others.
    private func read() -> TargetFolder {
        let folder = TargetFolder.load(context.config.targets.directory, environment: context.environment)
        return context.isLocal ? folder.runnable(beside: keptLocally(folder.runningLocally())) : folder
    }

    /// Targets whose functions keep running as they are, because their files can't be read now.
    private func keptLocally(_ folder: TargetFolder) -> [TargetFile] {
        let faulty = Set(folder.faults.compactMap { $0.target })
        return running.withLock { $0 }.filter { !folder.isPresent || faulty.contains($0.name) }
    }

    /// Runs the functions that the files declare, and stores the targets.
    /// - Throws: why nothing could be stored.
    private func synchronize(_ folder: TargetFolder) async throws(StoreError) -> FileTargetSync {
        var files = folder.targets
        if let local {
            files += keptLocally(folder)
            do throws(StartFailure) {
                try await local.replace(with: files)
            } catch {
                throw StoreError(.invalid, "\(error)")
            }
        }
        let sync = try await FileTargetSync.run(
            folder,
            defaults: context.config.defaults,
            store: stores.store
        )
        if let local {
            running.withLock { $0 = files.filter { $0.local != nil } }
            let names = sync.keptFunctions.map { (try? FunctionName($0))?.name ?? $0 }
            local.forgetOthers(than: files, and: Set(names))
        }
        declared.withLock { $0 = Set(folder.targets.map { $0.name }).union(sync.kept.map { $0.text }) }
        context.reports.found(sync.faults)
        return sync
    }

    private func note(_ sync: FileTargetSync) {
        let changes = sync.changes
        for (text, names) in [
            ("target added by its file", changes.added), ("target updated by its file", changes.updated),
            ("target removed by its file", changes.removed),
        ] {
            for name in names { context.log.module(.targets).write(.info, text, [("target", name.text)]) }
        }
        for fault in sync.faults {
            let isKept = sync.kept.contains { $0.text == fault.target }
            let effect =
                fault.target == nil
                ? "the targets stay as they were"
                : isKept ? "the target stays as it was" : "the target is not served"
            context.log.module(.targets).write(
                .error,
                effect,
                [("target", fault.target ?? ""), ("error", "\(fault.fault)")]
            )
        }
    }
}
