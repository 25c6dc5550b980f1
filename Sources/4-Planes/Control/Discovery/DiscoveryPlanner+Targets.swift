import Calendar
import Config
import Contracts
import JSON
import Policy
import Store
import Text

extension DiscoveryPlanner {
    /// Leaves out functions that can't have their name, because another function has it or because several want it.
    ///
    /// A function that has a name keeps it. Of several new ones none gets it, because nobody said which one is meant.
    /// The result therefore doesn't depend on the order of a list, and whoever may create a function can't take
    /// another's name.
    func settleCollisions(_ verdicts: inout [Verdict], _ absent: [Verdict]) {
        leaveOutTaken(&verdicts)
        leaveOutMixed(&verdicts, absent)
        var groups: [String: [Int]] = [:]
        for (index, verdict) in verdicts.enumerated() where verdict.isServed {
            groups[slot(verdict.function), default: []].append(index)
        }
        let waiting = Dictionary(
            absent.filter { $0.isServed }.map { (slot($0.function), $0.function) },
            uniquingKeysWith: { first, _ in first }
        )
        let known = Dictionary(stored.functions.map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })
        for (slot, indexes) in groups {
            let word =
                verdicts[indexes[0]].function.exposedName ?? verdicts[indexes[0]].function.target?.text ?? ""
            if let holder = waiting[slot] {
                let state =
                    if case .missing(_, let untilMs) = holder.state {
                        "which isn't found any more and is removed in "
                            + "\(DurationWords.text(max(0, untilMs - nowMs))) at the earliest"
                    } else {
                        "whose region couldn't be listed"
                    }
                for index in indexes { verdicts[index].leaveOut("\(word) is \(holder.arn)'s, \(state)") }
                continue
            }
            guard indexes.count > 1 else { continue }
            let holder = indexes.first { index in
                guard let known = known[verdicts[index].function.arn] else { return false }
                return known.target == verdicts[index].function.target
                    && known.tool == verdicts[index].function.tool
            }
            let arns = indexes.map { verdicts[$0].function.arn }.sorted()
            for index in indexes where index != holder {
                let way = "exclude one, or tag it \(DiscoveryTag.contract) = \(DiscoveryTag.none)"
                if let holder {
                    verdicts[index].leaveOut("\(word) is \(verdicts[holder].function.arn)'s already; \(way)")
                } else {
                    let more = arns.count > 3 ? " and \(arns.count - 3) more" : ""
                    verdicts[index].leaveOut(
                        "\(arns.prefix(3).joined(separator: " and "))\(more) would both be \(word); \(way)"
                    )
                }
            }
        }
    }

    /// Leaves out functions whose target is in use in another way. A target belongs to one function alone, or to the
    /// plain functions; it stays with those that have it.
    private func leaveOutMixed(_ verdicts: inout [Verdict], _ absent: [Verdict]) {
        let known = Dictionary(stored.functions.map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })
        let served = (verdicts + absent).filter { $0.isServed }
        var owners: [TargetName: String] = [:]
        for verdict in served where verdict.function.tool == nil {
            guard let target = verdict.function.target, let known = known[verdict.function.arn],
                known.tool == nil, known.target == target
            else { continue }
            owners[target] = verdict.function.arn
        }
        for index in verdicts.indices where verdicts[index].isServed && verdicts[index].function.tool != nil {
            guard let target = verdicts[index].function.target, let owner = owners[target] else { continue }
            verdicts[index].leaveOut(
                "the target \(target) is \(owner)'s alone; give the discovery another name"
            )
        }
        let plain = Set(
            (verdicts + absent).filter { $0.isServed && $0.function.tool != nil }.map { $0.function.target }
        )
        for index in verdicts.indices where verdicts[index].isServed && verdicts[index].function.tool == nil {
            guard plain.contains(verdicts[index].function.target) else { continue }
            let name = verdicts[index].function.target.map { $0.text } ?? ""
            verdicts[index].leaveOut(
                "its target would be called \(name), as that of the plain functions is; give the discovery another name"
            )
        }
    }

    /// The name that only one function may have: a tool of a target, or a target.
    private func slot(_ function: DiscoveryPlan.Function) -> String {
        "\(function.target?.text ?? "")/\(function.tool ?? "")"
    }

    /// Leaves out functions whose target was declared by somebody else.
    private func leaveOutTaken(_ verdicts: inout [Verdict]) {
        for index in verdicts.indices where verdicts[index].isServed {
            guard let record = stored.targets.first(where: { $0.name == verdicts[index].function.target }),
                record.discovery != discovery.name
            else { continue }
            let origin: String =
                switch record.source {
                case .cli: "added by command"
                case .file: "declared in \(quoted(record.spec.filePath ?? "a file"))"
                case .discovery: "of the discovery \(record.discovery ?? "")"
                }
            verdicts[index].leaveOut(
                "there is a target \(record.name) already, \(origin); "
                    + (verdicts[index].function.tool == nil
                        ? "remove one of them" : "give the discovery another name")
            )
        }
    }

    /// The targets that the functions make up, and those of the discovery that have no functions any more.
    func targets(of verdicts: [Verdict]) -> [DiscoveryPlan.Target] {
        var groups: [TargetName: [Verdict]] = [:]
        for verdict in verdicts where verdict.isServed {
            if let target = verdict.function.target { groups[target, default: []].append(verdict) }
        }
        let own = Dictionary(
            stored.targets.filter { $0.discovery == discovery.name }.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let remembered = Dictionary(grouping: stored.functions) { $0.target }.mapValues { functions in
            functions.sorted { $0.arn < $1.arn }
        }
        var targets = groups.map { name, members in
            let record = own[name]
            let spec = spec(name, members, record)
            var target = DiscoveryPlan.Target(
                spec: spec,
                change: record.map { $0.spec == spec ? .unchanged : .updated } ?? .added,
                functions: members.compactMap { $0.remembered }.sorted { $0.arn < $1.arn }
            )
            let isRead = record.map { !$0.isEnabled || $0.health.refreshedAtMs != nil } ?? false
            target.isStored =
                target.change == .unchanged && isRead && target.functions == (remembered[name] ?? [])
            return target
        }
        targets += own.values.filter { groups[$0.name] == nil }.map {
            DiscoveryPlan.Target(spec: $0.spec, change: .removed, functions: [])
        }
        return targets.sorted { $0.name.text < $1.name.text }
    }

    private func spec(_ name: TargetName, _ members: [Verdict], _ record: TargetRecord?) -> TargetSpec {
        if let member = members.first, member.keepsTarget, member.function.tool == nil, let record {
            return record.spec
        }
        var spec = TargetSpec(name: name, function: "", timeoutMs: Int(defaults.callTimeout.milliseconds))
        spec.invoke.role = discovery.roleARN.map { AssumedRole(arn: $0, externalID: discovery.externalID) }
        // From a function that was found now: one that is only kept doesn't reflect the present settings.
        let found = members.first { !$0.keepsTarget }
        spec.approval = found?.function.approval ?? record?.spec.approval ?? .required
        if let member = members.first, member.function.tool == nil {
            spec.function = member.function.arn
            spec.contract = member.function.contract ?? .mcpWrapper
            spec.description = described(member.entry)
            spec.invoke.tenantIsolation = member.entry.isTenantIsolated
            spec.invoke.architecture = member.entry.architecture
            spec.invoke.memoryMB = member.entry.memoryMB
            return spec
        }
        // The values that all functions found have in common; Lambda's reports give each function's memory.
        let entries = members.filter { !$0.keepsTarget }.map { $0.entry }
        if entries.isEmpty {
            spec.invoke.architecture = record?.spec.invoke.architecture
            spec.invoke.memoryMB = record?.spec.invoke.memoryMB
        } else {
            let (architectures, sizes) = (
                Set(entries.map { $0.architecture }), Set(entries.map { $0.memoryMB })
            )
            if architectures.count == 1 { spec.invoke.architecture = entries[0].architecture }
            if sizes.count == 1 { spec.invoke.memoryMB = entries[0].memoryMB }
        }
        spec.contract = .function
        spec.description = "Functions that the discovery \(discovery.name) finds"
        let definitions = members.compactMap { verdict in
            verdict.function.definition.map { (verdict.function.tool ?? "", $0) }
        }.sorted { $0 < $1 }
        spec.toolsJSON = "[\(definitions.map { $0.1 }.joined(separator: ","))]"
        return spec
    }

    private func described(_ entry: FunctionEntry) -> String? {
        let text = HiddenCharacters.removing(from: entry.description).map { $0.isNewline ? " " : String($0) }
            .joined()
        return text.isEmpty ? nil : String(text.prefix(256))
    }
}
