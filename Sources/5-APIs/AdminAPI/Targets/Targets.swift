import Contracts
import Control
import HTTP
package import REST
import Store

/// `/targets`: the targets, and what is declared about them.
package enum Targets {
    static let all: [any AnyOperation<Services>] =
        [add, list, fileFaults, show, update, remove, enable, disable] + discovery

    private struct AddArguments: Arguments {
        let name = Argument.member("name", .newName)
            .operand("a-z, 0-9 and single hyphens, at most 50 characters")
        let function = Argument.optional("function", .function)
            .option("FN", "the function's name or ARN; not needed when each tool has its own")
        let declaration = DeclarationArguments()
    }

    private static let add = AdminOperation.changing(
        .post,
        "/targets",
        id: "targetAdd",
        "Adds a target: a Lambda function that serves tools.",
        takes: AddArguments.self,
        answers: TargetForm.self,
        status: 201,
        problems: [.conflict],
        verb: Verb(
            "target add",
            "Adds a target: a Lambda function that serves tools.",
            details:
                "Its tools are in the catalog after `target refresh`, or the running server's next refresh. The answer "
                + "says what the function is sent then; a function that expects another event would run with it.",
            example:
                "mcp-gateway target add time --function mcp-server-time --contract jsonrpc --approval open",
            makesStore: true,
            shows: .done { target in
                let name = target.name
                return """
                    added target \(name); `mcp-gateway target refresh \(name)` reads its tools\(sent(target))
                    """
            }
        ).needing(\.declaration.contract, Contract.missing, choices: Contract.choices)
    ) { writing, call, _ throws(StoreError) in
        let draft = TargetDraft(
            name: call.name,
            function: call.function ?? "",
            declaration: TargetDeclaration(function: call.function, call.declaration)
        )
        return try writing.addTarget(try checked(draft.spec(defaults: call.services.defaults)))
    }

    package struct ListArguments: Arguments {
        let page = PageArguments()

        package init() {}
    }

    package static let list = AdminOperation.listing(
        "/targets",
        id: "targetList",
        "Lists targets in order of their names, with how their calls go.",
        takes: ListArguments.self,
        of: TargetStandingForm.self,
        verb: .own("target list"),
        place: { $0.target.name.text },
        isAfter: { $0.target.name.text > $1 }
    ) { reading, call throws(StoreError) in
        let (server, nowMs) = (call.caller.seen(call.services.server?.status?.status()), call.nowMs)
        return try reading.targets().map {
            TargetStandingForm.Record(call.caller.seen($0), server, atMs: nowMs)
        }
    }

    package static let fileFaults = AdminOperation.listing(
        "/target-file-faults",
        id: "targetFileFaultList",
        "Lists target files that a server found faulty, in order of their targets' names.",
        takes: ListArguments.self,
        of: TargetFileFaultForm.self,
        // The `=` is there because an empty place would mean the list's start.
        place: { "=\($0.target)" },
        isAfter: { "=\($0.target)" > $1 }
    ) { reading, _ throws(StoreError) in
        try reading.targetFileFaults()
    }

    struct ShowArguments: Arguments {
        let target = Argument.path("target", .anyName, "the target's name")
            .operand("the target", name: "name").offering(.targets)
    }

    private static let show = AdminOperation.reading(
        "/targets/{target}",
        id: "targetShow",
        "Shows a target, with how its calls go.",
        takes: ShowArguments.self,
        answers: TargetStandingForm.self,
        problems: [.notFound],
        verb: Verb(
            "target show",
            "Shows all about one target, and how its calls go where a server runs that knows.",
            example: "mcp-gateway target show time",
            asks: .serverIfRunning,
            shows: .details(TargetStandingForm.details)
        )
    ) { reading, call throws(StoreError) in
        let name = call.target
        do throws(StoreError) {
            return TargetStandingForm.Record(
                call.caller.seen(try reading.target(try checked(TargetName(name)))),
                call.caller.seen(call.services.server?.status?.status()),
                atMs: call.nowMs
            )
        } catch {
            guard let found = try reading.targetFileFaults().first(where: { $0.target == name }) else {
                throw error
            }
            throw StoreError(
                .notFound,
                "there is no target \(name), as its file is faulty: "
                    + found.faults.joined(separator: "; "),
                hint: "correct it, then `mcp-gateway reload`"
            )
        }
    }

    private struct UpdateArguments: Arguments {
        let target = nameInPath
        let function = Argument.change("function", .function).option(
            "FN",
            "the function's name or ARN; an empty one when each tool has its own"
        )
        let declaration = DeclarationArguments()
    }

    private static let update = AdminOperation(
        .patch,
        "/targets/{target}",
        id: "targetUpdate",
        "Changes what is declared about a target that was added by command; null clears.",
        takes: UpdateArguments.self,
        answers: TargetForm.self,
        problems: [.notFound, .conflict, .preconditionFailed],
        verb: Verb(
            "target update",
            "Changes what is declared about a target that was added by command.",
            details:
                "An empty value clears a setting, as in --region=. A running server reads the tools anew when other "
                + "tools may come; without one, `target refresh` does.",
            example: "mcp-gateway target update time --qualifier live --timeout 10s",
            asks: .serverIfRunning,
            withoutOption: "nothing to change: give at least one option",
            shows: .done { target, given in
                let isNews = given[dynamicMember: \.declaration.contract] != nil
                return "changed target \(target.name)\(isNews ? sent(target) : nil)"
            }
        )
    ) { call throws(Problem) in
        let revision = try call.expectedRevision()
        let declaration = TargetDeclaration(function: call.function.text, call.declaration)
        let (old, new) = try await call.write { writing throws(StoreError) in
            (
                try writing.reading.target(call.target).spec,
                try writing.changeTarget(call.target, declaration, ifRevision: revision)
            )
        }
        if new.isEnabled, !call.isDryRun, new.spec.mayListOtherwise(than: old) {
            call.services.inquiry.refreshSoon(new.name)
        }
        return new
    }

    /// What the function will be sent, as the end of a sentence.
    private static func sent(_ target: Answer<TargetForm>) -> Sentence? {
        guard let payload = target.listRequest else { return nil }
        return """
            ; at each refresh its function is sent \(payload) (contract \(target.contract)); a function that expects \
            another event would run with it
            """
    }

    struct EndArguments: Arguments {
        let target = nameInPath
        let dryRun = Argument.dryRun
    }

    private static let remove = AdminOperation.changing(
        .delete,
        "/targets/{target}",
        id: "targetRemove",
        "Removes a target that was added by command, with its tools.",
        takes: EndArguments.self,
        answers: RemovedTargetForm.self,
        problems: [.notFound, .conflict, .preconditionFailed],
        verb: Verb(
            "target remove",
            "Removes a target that was added by command, with its tools.",
            details: "Subscriptions to it end, and limits on it go.",
            example: "mcp-gateway target remove time",
            shows: .done { "removed target \($0.name)" }
        )
    ) { writing, call, revision throws(StoreError) in
        try writing.removeTarget(call.target, ifRevision: revision)
        return call.target
    }

    struct EnableArguments: Arguments {
        let target = nameInPath
        let dryRun = Argument.unspokenDryRun
    }

    private static let enable = AdminOperation.changing(
        .post,
        "/targets/{target}/enable",
        id: "targetEnable",
        "Lets agents see a target's tools again.",
        takes: EnableArguments.self,
        answers: TargetForm.self,
        problems: [.notFound, .conflict, .preconditionFailed],
        verb: Verb(
            "target enable",
            "Lets agents see a target's tools again.",
            example: "mcp-gateway target enable time",
            shows: .done { "enabled target \($0.name)" }
        )
    ) { writing, call, revision throws(StoreError) in
        try writing.setTargetEnabled(call.target, true, ifRevision: revision)
    }

    private static let disable = AdminOperation.changing(
        .post,
        "/targets/{target}/disable",
        id: "targetDisable",
        "Hides a target's tools from agents; they stay stored.",
        takes: EndArguments.self,
        answers: TargetForm.self,
        problems: [.notFound, .conflict, .preconditionFailed],
        verb: Verb(
            "target disable",
            "Hides a target's tools and stops its refreshes, until it is enabled.",
            example: "mcp-gateway target disable time",
            shows: .done { "disabled target \($0.name)" }
        )
    ) { writing, call, revision throws(StoreError) in
        try writing.setTargetEnabled(call.target, false, ifRevision: revision)
    }

    static var nameInPath: Argument<Store::TargetName> {
        .path("target", .target(.anyName), "the target's name").operand("the target", name: "name").offering(
            .targets
        )
    }
}

extension TargetSpec {
    /// Whether the two differ in a way that may change the list of tools.
    fileprivate func mayListOtherwise(than other: TargetSpec) -> Bool {
        function != other.function || qualifier != other.qualifier || region != other.region
            || endpoint != other.endpoint || contractWord != other.contractWord
            || allowsHidden != other.allowsHidden
            || toolsJSON != other.toolsJSON || invoke != other.invoke
            // A plain function's one tool has the target's description.
            || contract == .function && description != other.description
    }
}

extension Coding where Value == String {
    /// A target's name whose length only its grammar checks, so that somebody who gives a function's ARN gets a similar
    /// name suggested.
    fileprivate static var newName: Coding {
        .text(
            1...1_024,
            pattern: "^[a-z0-9](-?[a-z0-9]){0,49}$",
            "a-z, 0-9 and single hyphens, at most 50 characters"
        )
    }

    fileprivate static var function: Coding { .text(1...512, "the Lambda function's name or ARN") }
}
