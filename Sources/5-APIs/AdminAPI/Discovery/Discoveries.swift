import Calendar
import Config
import Contracts
import Control
import HTTP
package import Policy
package import REST
import Store

/// `/discovery`: looking for functions that are to be tools.
package enum Discoveries {
    static let all: [any AnyOperation<Services>] = [look, end]

    /// The description of a discovery in a request, in place of a `[[discovery]]` in the settings.
    package struct Words: Arguments {
        package let prefix = Argument.optional(
            "prefix",
            .text(1...64, "what the functions' names begin with, and tools' names leave out")
        )
        package let functions = Argument.list(
            "functions",
            .list(.text(1...256), max: GatewayConfig.Discovery.functionsMax, "names, beside the prefix")
        )
        package let tags = Argument.optional(
            "tags",
            .texts(.string(0...256), max: GatewayConfig.Discovery.tagsMax, "which a function must all have")
        )
        package let regions = Argument.list(
            "regions",
            .list(
                .text(1...32),
                max: GatewayConfig.Discovery.regionsMax,
                "where functions are looked for; the gateway's own when empty"
            )
        )
        package let roleArn = Argument.optional(
            "roleArn",
            .text(1...2_048, "the role in the functions' account")
        )
        package let externalId = Argument.optional("externalId", .text(2...1_224))
        package let approval = Argument.optional(
            "approval",
            .words(of: Approval.self, "required when left out")
        )
        package let approvalFromTags = Argument.optional(
            "approvalFromTags",
            .words(of: Approval.self, "the most open one that a tag may give; the approval when left out")
        )
        package let contract = Argument.optional(
            "contract",
            .oneOf(
                Contract.allCases.map { $0.rawValue },
                "of functions without the tag; they are left out when it is"
            )
        )
        package let schemaTag = Argument.optional(
            "schemaTag",
            .text(1...128, "the tag that holds the ARN of a schema in the Schema Registry")
        )
        package let grace = Argument.optional("grace", .durationText)

        package init() {}
    }

    package struct LookArguments: Arguments {
        package let name = Argument.optional(
            "name",
            .text(1...64, "of one discovery; all that are set when it and what follows is left out")
        )
        package let words = Words()
        package let apply = Argument.optional(
            "apply",
            .truth("whether the plan is stored; it's only shown otherwise")
        )
        package let prune = Argument.optional(
            "prune",
            .truth("whether what isn't found any more goes at once, without its grace period")
        )

        package init() {}
    }

    package static let look = AdminOperation(
        .post,
        "/discovery",
        id: "targetDiscover",
        "Looks for functions that are to be tools, plans what follows, and stores it if so asked. Looking runs no function. A function whose tag, or contract, says a contract that lists its tools is run with that list's event once it is stored, and at each refresh.",
        takes: LookArguments.self,
        answers: DiscoveriesForm.self,
        isBodyOptional: true,
        problems: [.notFound, .conflict, .unavailable],
        verb: .own("target discover")
    ) { call throws(Problem) in
        let (applies, prunes) = (call.apply ?? false, call.prune ?? false)
        var reports: [DiscoveryRun.Report] = []
        for discovery in try chosen(call) {
            let order = DiscoveryOrder(discovery, applies: applies, prunes: prunes)
            do throws(StoreError) {
                let report = try await call.services.inquiry.discover(
                    order,
                    as: call.caller.actor,
                    requestID: call.requestID
                )
                for name in report.unread {
                    do throws(StoreError) { _ = try await call.services.inquiry.refresh(name) } catch {
                        // The target was disabled or removed by somebody else since it was stored.
                        guard [.invalid, .notFound].contains(error.kind) else { throw error }
                    }
                }
                reports.append(report)
            } catch {
                // Earlier discoveries are still reported, because their results are in the store.
                if reports.isEmpty { throw Problem(error) }
                var report = DiscoveryRun.Report(
                    plan: DiscoveryPlan(name: discovery.name)
                )
                report.faults["the store"] = error.description
                reports.append(report)
            }
        }
        return reports
    }

    package struct EndArguments: Arguments {
        package let name = Argument.path("name", .text(1...64), "the discovery's name")
        package let dryRun = Argument.unspokenDryRun

        package init() {}
    }

    package static let end = AdminOperation(
        .delete,
        "/discovery/{name}",
        id: "targetDiscoverEnd",
        "Ends a discovery that the settings no longer have: removes its targets.",
        takes: EndArguments.self,
        answers: EndedDiscoveryForm.self,
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        let name = call.name
        if call.services.inquiry.discoveries.contains(where: { $0.name == name }) {
            throw Problem(
                .conflict,
                "the settings have the discovery \(name), which would find its functions again",
                hint: "remove it there, `mcp-gateway reload`, then end it"
            )
        }
        let targets = try await call.write { writing throws(StoreError) in
            try writing.endDiscovery(name)
        }
        return EndedDiscovery(name: name, targets: targets.map { $0.text })
    }
}

/// A discovery that was ended.
package struct EndedDiscovery: Sendable {
    let name: String
    let targets: [String]
}

/// The discoveries that a request means: one from the settings, all of them, or one that it describes itself.
private func chosen(_ call: AdminCall<Discoveries.LookArguments>) throws(Problem) -> [GatewayConfig.Discovery]
{
    let (words, set) = (call.words, call.services.inquiry.discoveries)
    let named = call.name.flatMap { name in set.first { $0.name == name } }
    guard var described = try described(words) else {
        if let named { return [named] }
        guard let name = call.name else {
            if set.isEmpty {
                throw Problem(
                    .invalid,
                    "nothing says which functions are meant",
                    hint: "give --prefix, --list or --tag, or set [[discovery]] in gateway.toml"
                )
            }
            return set
        }
        let names = set.map { $0.name }.joined(separator: ", ")
        throw Problem(
            .notFound,
            "there is no discovery \(name) in the settings",
            hint: set.isEmpty
                ? "give --prefix, --list or --tag, or set [[discovery]] in gateway.toml"
                : "there are \(names)"
        )
    }
    described.name =
        call.name
        ?? GatewayConfig.Discovery.defaultName(prefix: described.prefix, tags: described.tags)
    if let fault = GatewayConfig.Discovery.fault(ofName: described.name) {
        throw Problem(.invalid, "name \(fault)")
    }
    if named != nil || set.contains(where: { $0.name == described.name }) {
        throw Problem(
            .conflict,
            "the settings have a discovery \(described.name)",
            hint: "leave the options out, or give another NAME"
        )
    }
    return [described]
}

/// The discovery that the request describes itself; nil when it describes none.
private func described(_ words: Values<Discoveries.Words>) throws(Problem) -> GatewayConfig.Discovery? {
    var entry = GatewayConfig.Discovery(name: "")
    entry.prefix = words.prefix
    entry.functions = words.functions
    entry.tags = words.tags ?? [:]
    entry.regions = words.regions
    entry.roleARN = words.roleArn
    entry.externalID = words.externalId
    entry.approval = words.approval ?? .required
    entry.approvalFromTags = words.approvalFromTags
    entry.contract = words.contract.flatMap { Contract(rawValue: $0) }
    entry.schemaTag = words.schemaTag
    var isSaid = entry != GatewayConfig.Discovery(name: "")
    if let grace = words.grace {
        guard let duration = DurationText.parse(grace), duration >= .zero, duration <= .seconds(2_592_000)
        else {
            throw Problem(.invalid, "grace must be 0s to 30d")
        }
        entry.grace = duration
        isSaid = true
    }
    guard isSaid || words.approval != nil else { return nil }
    if let fault = entry.wordFault ?? entry.fault {
        throw Problem(.invalid, "\(fault.key): \(fault.message)")
    }
    return entry
}
