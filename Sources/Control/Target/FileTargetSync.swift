package import Config
import Contracts
import Policy
package import Store

/// Makes the store's file targets what the targets folder declares.
///
/// A faulty file takes nothing away: its target keeps the last good declaration, and its tools. So does every file
/// target when the folder itself is missing or can't be read; a target goes when its own folder goes.
package struct FileTargetSync: Sendable, Equatable {
    /// What changed in the store.
    package var changes: FileTargetsSync
    /// What is wrong with which file.
    package var faults: [ConfigFault]
    /// Targets that stay as they were declared last, because their file is faulty now.
    package var kept: [Store::TargetName]

    /// Reads the folder and stores what it says.
    ///
    /// Blocks for the reading of the files, so not for an event loop.
    /// - Throws: `.conflict` when a command declared a target of the same name; nothing has changed then.
    package static func run(
        config: GatewayConfig,
        environment: [String: String],
        store: Store::Store
    ) async throws(StoreError) -> FileTargetSync {
        let folder = TargetFolder.load(config.targets.directory, environment: environment)
        return try await run(folder, defaults: config.defaults, store: store)
    }

    /// The same for a folder that has been read.
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
    /// Stores what the folder says; see `FileTargetSync`.
    package borrowing func syncFileTargets(
        from folder: TargetFolder,
        defaults: GatewayConfig.Defaults
    ) throws(StoreError) -> FileTargetSync {
        var specs: [TargetSpec] = []
        for file in folder.targets { specs.append(try spec(of: file, defaults: defaults)) }
        let declared = Set(specs.map { $0.name })
        let faulty = folder.faultyNames
        var kept: [Store::TargetName] = []
        for record in try reading.targets() where record.source == .file && !declared.contains(record.name) {
            guard !folder.isPresent || faulty.contains(record.name.text) else { continue }
            specs.append(record.spec)
            kept.append(record.name)
        }
        let changes = try syncFileTargets(specs, toolNameMax: defaults.toolNameMax)
        return FileTargetSync(changes: changes, faults: folder.faults, kept: kept)
    }
}

extension TargetFolder {
    /// The folders whose target.toml has a fault.
    fileprivate var faultyNames: Set<String> {
        var names: Set<String> = []
        for fault in faults {
            guard case .file(let path, _) = fault.place else { continue }
            if let name = path.split(separator: "/").dropLast().last { names.insert(String(name)) }
        }
        return names
    }
}

/// What a file declares, with the defaults filled in. Its words were checked as the file was read.
private func spec(
    of file: TargetFile,
    defaults: GatewayConfig.Defaults
) throws(StoreError) -> TargetSpec {
    TargetSpec(
        name: try targetName(file.name),
        function: file.function,
        qualifier: file.qualifier,
        region: file.region,
        endpoint: file.endpoint,
        contract: file.contract.rawValue,
        approval: (file.approval ?? defaults.approval).rawValue,
        pinDefinitions: file.pinDefinitions,
        isEnabled: file.isEnabled,
        timeoutMs: milliseconds(file.timeout ?? defaults.callTimeout),
        description: file.description,
        filePath: file.file,
        aliases: file.aliases
    )
}
