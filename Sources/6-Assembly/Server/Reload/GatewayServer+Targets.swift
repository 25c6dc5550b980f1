import AWS
import Config
import Control
import Gateway
import Store

/// The target files: read, run where they say so, stored.
extension GatewayServer {
    /// The target files as they are now. One that is faulty takes nothing from the others.
    func readTargets() -> TargetFolder {
        let folder = TargetFolder.load(loaded.config.targets.directory, environment: environment)
        return isLocal ? folder.runnable(beside: keptLocally(folder.runningLocally())) : folder
    }

    /// Targets whose functions go on as they are, as nothing better can be read of them.
    private func keptLocally(_ folder: TargetFolder) -> [TargetFile] {
        let faulty = Set(folder.faults.compactMap { $0.target })
        return localTargets.filter { !folder.isPresent || faulty.contains($0.name) }
    }

    /// Runs and stores what the files declare, and logs what became of it.
    /// - Throws: why nothing could be stored.
    @discardableResult
    func synchronize(_ folder: TargetFolder, _ store: Store::Store) async throws(StoreError) -> FileTargetSync
    {
        var running = folder.targets
        if isLocal, let local {
            running += keptLocally(folder)
            do throws(StartFailure) {
                try await local.replace(with: running)
            } catch {
                throw StoreError(.invalid, "\(error)")
            }
        }
        let sync = try await FileTargetSync.run(folder, defaults: loaded.config.defaults, store: store)
        if isLocal, let local {
            localTargets = running
            let names = sync.keptFunctions.map { (try? FunctionName($0))?.name ?? $0 }
            local.forgetOthers(than: running, and: Set(names))
        }
        note(sync)
        return sync
    }

    private func note(_ sync: FileTargetSync) {
        let changes = sync.changes
        for (word, names) in [
            ("added", changes.added), ("updated", changes.updated), ("removed", changes.removed),
        ] {
            for name in names { log.write(.info, "target \(word) by its file", [("target", name.text)]) }
        }
        for fault in sync.faults {
            let isKept = sync.kept.contains { $0.text == fault.target }
            let effect =
                fault.target == nil
                ? "the targets stay as they were"
                : isKept ? "the target stays as it was" : "the target is not served"
            log.write(.error, "\(effect): \(fault.fault)", [("target", fault.target ?? "")])
        }
        reports.found(sync.faults)
    }
}
