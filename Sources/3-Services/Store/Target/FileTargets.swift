import Policy
import Database
import Text

/// What `syncFileTargets` did, as names in order.
package struct FileTargetsSync: Sendable, Equatable {
    package var added: [TargetName] = []
    package var updated: [TargetName] = []
    package var removed: [TargetName] = []
    package var unchanged: [TargetName] = []
    /// Declarations that were refused; what is stored of these targets stays.
    package var refused: [Refusal] = []

    /// A declaration that was not taken, and why.
    package struct Refusal: Sendable, Equatable {
        package let spec: TargetSpec
        package let error: ModelFault
    }
}

extension WriteTransaction {
    /// Makes the targets declared by files exactly those given: adds, changes, and removes (with their tools) those
    /// that vanished. Targets added by command are left alone, and so is an operator's `target disable`.
    ///
    /// A name that two files, or a file and a command, declare is `refused`, and so is a declaration that breaks a
    /// rule; the other declarations aren't affected.
    /// - Parameter toolNameMax: the longest exposed name, in characters.
    package borrowing func syncFileTargets(
        _ specs: [TargetSpec],
        toolNameMax: Int = 64
    ) throws(StoreError) -> FileTargetsSync {
        var stored: [TargetName: TargetRecord] = [:]
        for record in try reading.targets() { stored[record.name] = record }
        var given: [TargetName: TargetSpec] = [:]
        var sync = FileTargetsSync()
        for spec in specs.sorted(by: { $0.name.text < $1.name.text }) {
            if let error = fault(of: spec, beside: given[spec.name], stored[spec.name]) {
                sync.refused.append(FileTargetsSync.Refusal(spec: spec, error: error))
                given[spec.name] = given[spec.name] ?? spec
                continue
            }
            given[spec.name] = spec
            switch stored[spec.name] {
            case nil:
                try insert(spec, source: .file)
                _ = try syncAliases(spec.aliases, of: spec.name, toolNameMax: toolNameMax)
                sync.added.append(spec.name)
            case .some(let record):
                let isRenamed = try syncAliases(spec.aliases, of: spec.name, toolNameMax: toolNameMax)
                let isChanged = !record.spec.equals(spec)
                if isChanged { try update(record, to: spec) }
                if isChanged || isRenamed {
                    sync.updated.append(spec.name)
                } else {
                    sync.unchanged.append(spec.name)
                }
            }
        }
        let gone = stored.values.filter { $0.source == .file && given[$0.name] == nil }
        for record in gone.sorted(by: { $0.name.text < $1.name.text }) {
            try remove(record)
            sync.removed.append(record.name)
        }
        return sync
    }

    /// Why a file's declaration can't be taken; nil when it can.
    private borrowing func fault(
        of spec: TargetSpec,
        beside other: TargetSpec?,
        _ stored: TargetRecord?
    ) -> ModelFault? {
        do throws(ModelFault) { try spec.check() } catch { return error }
        if let other {
            return ModelFault(
                .conflict,
                "target \(spec.name) is declared twice: in \(place(of: other)) and in \(place(of: spec))",
                hint: "rename or remove one of them"
            )
        }
        guard let stored, stored.source != .file else { return nil }
        let (by, way) =
            stored.discovery.map { ("is \(origin(of: stored))", "give the discovery \(quoted($0)) another") }
            ?? (
                "was added by command, for function \(quoted(stored.spec.function))",
                "run `mcp-gateway target remove \(spec.name)`"
            )
        return ModelFault(
            .conflict,
            "target \(spec.name) is declared in \(place(of: spec)), but a target of that name \(by)",
            hint: "rename the one in the file, or \(way)"
        )
    }

    private borrowing func place(of spec: TargetSpec) -> String {
        spec.filePath.map { quoted($0) } ?? "a file"
    }
}

extension TargetSpec {
    /// Whether the declarations are the same, aliases aside.
    fileprivate func equals(_ other: TargetSpec) -> Bool {
        var other = other
        other.aliases = aliases
        return self == other
    }
}
