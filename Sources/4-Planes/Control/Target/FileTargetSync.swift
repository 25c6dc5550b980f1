import Calendar
package import Config
import Contracts
import Model
import Policy
package import Store

/// Makes the store's file targets equal to what the targets folder declares.
///
/// A faulty file removes nothing: its target keeps the last good declaration and its tools. Every file target does when
/// the targets folder itself is missing or can't be read. A target is removed when its own folder is.
package struct FileTargetSync: Sendable, Equatable {
    /// The changes in the store.
    package var changes: FileTargetsSync
    /// The faults of targets' files, in order of the folders' names.
    package var faults: [TargetFolder.Fault]
    /// Targets that stay as they were last declared, because their file is faulty now.
    package var kept: [TargetName]
    /// The functions that the kept targets invoke: names or ARNs.
    package var keptFunctions: [String]

    /// Reads the folder and stores what it declares.
    ///
    /// Blocks while it reads the files, so don't call it on an event loop.
    package static func run(
        config: GatewayConfig,
        environment: [String: String],
        store: Store::Store
    ) async throws(StoreError) -> FileTargetSync {
        let folder = TargetFolder.load(config.targets.directory, environment: environment)
        return try await run(folder, defaults: config.defaults, store: store)
    }

    /// Stores what a folder declares that was read already.
    package static func run(
        _ folder: TargetFolder,
        defaults: GatewayConfig.Defaults,
        store: Store::Store
    ) async throws(StoreError) -> FileTargetSync {
        try await store.write(as: .system) { writing throws(StoreError) in
            try writing.syncFileTargets(from: folder, defaults: defaults)
        }
    }
}

extension WriteTransaction {
    /// Stores what the folder declares; see `FileTargetSync`.
    package borrowing func syncFileTargets(
        from folder: TargetFolder,
        defaults: GatewayConfig.Defaults
    ) throws(StoreError) -> FileTargetSync {
        var specs: [TargetSpec] = []
        var faults = folder.faults
        for file in folder.targets {
            do throws(ModelFault) {
                specs.append(try spec(of: file, defaults: defaults))
            } catch {
                faults.append(fault(error, of: file.name, in: file.file))
            }
        }
        let declared = Set(specs.map { $0.name })
        let faulty = Set(faults.compactMap { $0.target })
        var kept: [TargetName] = []
        for record in try reading.targets() where record.source == .file && !declared.contains(record.name) {
            guard !folder.isPresent || faulty.contains(record.name.text) else { continue }
            specs.append(record.spec)
            kept.append(record.name)
        }
        var keptFunctions = specs.filter { kept.contains($0.name) }.flatMap { $0.functions }
        let changes = try syncFileTargets(specs, toolNameMax: defaults.toolNameMax)
        for refusal in changes.refused {
            let spec = refusal.spec
            faults.append(fault(refusal.error, of: spec.name.text, in: spec.filePath ?? ""))
            let stored = try reading.targets().first { $0.name == spec.name && $0.source == .file }
            if let stored, !kept.contains(spec.name) {
                kept.append(spec.name)
                keptFunctions += stored.spec.functions
            }
        }
        try recordTargetFileFaults(
            Dictionary(grouping: faults) { $0.target ?? "" }.mapValues { $0.map { $0.fault.description } }
        )
        return FileTargetSync(changes: changes, faults: faults, kept: kept, keptFunctions: keptFunctions)
    }
}

private func fault(_ error: ModelFault, of target: String, in file: String) -> TargetFolder.Fault {
    let place = ConfigFault.Place.file(path: file, line: 0)
    return TargetFolder.Fault(
        target: target,
        fault: ConfigFault(place: place, key: "", message: error.description)
    )
}

/// A file's declaration, with the defaults filled in. Its values were checked when the file was read.
private func spec(
    of file: TargetFile,
    defaults: GatewayConfig.Defaults
) throws(ModelFault) -> TargetSpec {
    TargetSpec(
        name: try TargetName(file.name),
        function: file.function,
        qualifier: file.qualifier,
        region: file.region,
        endpoint: file.endpoint,
        contract: file.contract,
        approval: file.approval ?? defaults.approval,
        pinDefinitions: file.pinDefinitions,
        allowsHidden: file.allowsHidden,
        isEnabled: file.isEnabled,
        timeoutMs: Int((file.timeout ?? defaults.callTimeout).milliseconds),
        invoke: file.invoke,
        recording: file.recording,
        description: file.description,
        toolsJSON: try file.toolsJSON.map { tools throws(ModelFault) in
            try checkedTools(tools, allowsHidden: file.allowsHidden)
        },
        serves: file.serves,
        filePath: file.file,
        aliases: file.aliases
    )
}
