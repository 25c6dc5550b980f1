import HTTP
import Control
import JSON
import REST
import Store

/// `/targets`, and `/refresh` for all of them.
func targetRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        targetList(services),
        targetFileFaults(services),
        targetAdd(services),
        targetShow(services),
        targetUpdate(services),
        targetRemove(services),
        switchRoute(services, nameParameter, isOn: true),
        switchRoute(services, nameParameter, isOn: false),
    ] + inquiryRoutes(services, nameParameter)
}

private let nameParameter = Parameter.path("target", .pathName, "the target's name")

private func targetList(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/targets",
        id: "targetList",
        "Lists targets in order of their names.",
        parameters: Page.parameters,
        answer: Page.schema("targets", of: .reference("Target"))
    ) { call throws(Problem) in
        let page = try Page(call, list: "targets")
        let targets = try await services.read { reading throws(StoreError) in try reading.targets() }
        return page.answer(
            "targets",
            targets,
            place: { $0.name.text },
            isAfter: { $0.name.text > $1 },
            json: { $0.json }
        )
    }
}

private func targetFileFaults(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/target-file-faults",
        id: "targetFileFaultList",
        "Lists target files that a server found faulty, in order of their targets' names.",
        parameters: Page.parameters,
        answer: Page.schema("faults", of: .reference("TargetFileFault"))
    ) { call throws(Problem) in
        let page = try Page(call, list: "target-file-faults")
        let faults = try await services.read { reading throws(StoreError) in try reading.targetFileFaults() }
        return page.answer(
            "faults",
            faults,
            // An empty place would be the list's start.
            place: { "=\($0.target)" },
            isAfter: { "=\($0.target)" > $1 },
            json: { $0.json }
        )
    }
}

private func targetAdd(_ services: Services) -> Route<AdminCaller> {
    Route(
        .post,
        "/targets",
        id: "targetAdd",
        "Adds a target: a Lambda function that serves tools.",
        body: targetBody(adding: true),
        status: 201,
        answer: .reference("Target"),
        problems: [.conflict]
    ) { call throws(Problem) in
        let draft = TargetDraft(
            name: call.text("name") ?? "",
            function: call.text("function") ?? "",
            declaration: TargetDeclaration(call)
        )
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.addTarget(try checked(draft.spec(defaults: services.defaults)))
            }
        )
    }
}

private func targetShow(_ services: Services) -> Route<AdminCaller> {
    Route(
        .get,
        "/targets/{target}",
        id: "targetShow",
        "Shows a target.",
        parameters: [nameParameter],
        answer: .reference("Target"),
        problems: [.notFound]
    ) { call throws(Problem) in
        let name = call.path("target")
        return reply(
            try await services.read { reading throws(StoreError) in
                do throws(StoreError) {
                    return try reading.target(try checked(TargetName(name)))
                } catch {
                    guard let found = try reading.targetFileFaults().first(where: { $0.target == name })
                    else {
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
        )
    }
}

private func targetUpdate(_ services: Services) -> Route<AdminCaller> {
    Route(
        .patch,
        "/targets/{target}",
        id: "targetUpdate",
        "Changes what is declared about a target that was added by command; null clears.",
        parameters: [nameParameter],
        body: targetBody(adding: false),
        answer: .reference("Target"),
        problems: [.notFound, .conflict, .preconditionFailed]
    ) { call throws(Problem) in
        let name = call.path("target")
        let declaration = TargetDeclaration(call)
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.changeTarget(try checked(TargetName(name)), declaration, ifRevision: revision)
            }
        )
    }
}

private func targetRemove(_ services: Services) -> Route<AdminCaller> {
    Route(
        .delete,
        "/targets/{target}",
        id: "targetRemove",
        "Removes a target that was added by command, with its tools.",
        parameters: [nameParameter, .dryRun],
        answer: removedSchema,
        problems: [.notFound, .conflict, .preconditionFailed]
    ) { call throws(Problem) in
        let name = call.path("target")
        let revision = try call.expectedRevision()
        try await services.write(call) { writing throws(StoreError) in
            try writing.removeTarget(try checked(TargetName(name)), ifRevision: revision)
        }
        return APIReply(["name": .string(name), "removed": true])
    }
}

private func switchRoute(_ services: Services, _ name: Parameter, isOn: Bool) -> Route<AdminCaller> {
    Route(
        .post,
        "/targets/{target}/\(isOn ? "enable" : "disable")",
        id: isOn ? "targetEnable" : "targetDisable",
        isOn
            ? "Lets agents see a target's tools again."
            : "Hides a target's tools from agents; they stay stored.",
        parameters: [name, .dryRun],
        answer: .reference("Target"),
        problems: [.notFound, .conflict, .preconditionFailed]
    ) { call throws(Problem) in
        let name = call.path("target")
        let revision = try call.expectedRevision()
        return reply(
            try await services.write(call) { writing throws(StoreError) in
                try writing.setTargetEnabled(try checked(TargetName(name)), isOn, ifRevision: revision)
            }
        )
    }
}

private func inquiryRoutes(_ services: Services, _ name: Parameter) -> [Route<AdminCaller>] {
    let reports = Schema.object([.required("targets", .array(.reference("RefreshReport")))])
    @Sendable func refresh(_ name: TargetName?) async throws(Problem) -> APIReply {
        do throws(StoreError) {
            let reports = try await services.inquiry.refresh(name)
            return APIReply(["targets": .array(reports.map { $0.json })])
        } catch {
            throw Problem(error)
        }
    }
    return [
        Route(
            .post,
            "/targets/{target}/refresh",
            id: "targetRefresh",
            "Reads the tools of one target and stores them; a failure is told in `error`.",
            parameters: [name],
            answer: reports,
            problems: [.notFound]
        ) { call throws(Problem) in
            try await refresh(try targetName(call))
        },
        Route(
            .post,
            "/refresh",
            id: "targetRefreshAll",
            "Reads the tools of every enabled target and stores them; failures are told in `error`.",
            answer: reports
        ) { _ throws(Problem) in
            try await refresh(nil)
        },
        Route(
            .post,
            "/targets/{target}/test",
            id: "targetTest",
            "Asks a target for its tools and shows what came; the catalog stays as it is.",
            parameters: [name],
            answer: .reference("TargetTrial"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let name = try targetName(call)
            let target = try await services.read { reading throws(StoreError) in try reading.target(name) }
            return APIReply(await services.inquiry.test(target).json)
        },
    ]
}

private func targetName(_ call: APICall<AdminCaller>) throws(Problem) -> TargetName {
    do throws(StoreError) { return try checked(TargetName(call.path("target"))) } catch {
        throw Problem(error)
    }
}

private func reply(_ target: TargetRecord) -> APIReply {
    APIReply(target.json, etag: EntityTag(target.revision))
}

extension TargetDeclaration {
    /// What a body says: `null` clears, as an empty text does.
    fileprivate init(_ call: APICall<AdminCaller>) {
        func said(_ name: String) -> String? { call.says(name) ? call.text(name) ?? "" : nil }
        self.init()
        function = call.text("function")
        contract = call.text("contract")
        region = said("region")
        qualifier = said("qualifier")
        endpoint = said("endpoint")
        approval = call.text("approval")
        timeout = call.text("timeout")
        description = said("description")
        pinDefinitions =
            call.says("pinDefinitions") ? call.truth("pinDefinitions").map { "\($0)" } ?? "" : nil
        allowHidden = call.says("allowHidden") ? call.truth("allowHidden").map { "\($0)" } : nil
        toolsJSON = call.body["tools"].map { $0.isNull ? "" : $0.text }
    }
}

/// `adding`: with the name, and the function required.
private func targetBody(adding: Bool) -> Schema {
    let function = Schema.string(1...512, "the Lambda function's name or ARN")
    let head: [Schema.Member] =
        adding
        ? [.required("name", .name), .required("function", function)] : [.optional("function", function)]
    return .object(
        head + [
            .optional("contract", .oneOf(["mcp-wrapper", "jsonrpc"])),
            .optional("region", .string(1...64, "the function's region").orNull),
            .optional("qualifier", .string(1...128, "an alias, a version or $LATEST").orNull),
            .optional("endpoint", .string(1...2_048, "the Lambda API to use in place of AWS's own").orNull),
            .optional("approval", .oneOf(["required", "auto", "open"])),
            .optional(
                "pinDefinitions",
                .boolean("whether approvals are bound to the definitions of their time; null for the default")
                    .orNull
            ),
            .optional(
                "allowHidden",
                .boolean("whether its tools may hold characters that a reader can't see")
            ),
            .optional("timeout", .durationText),
            .optional("description", .string(1...1_024, "what the target is for").orNull),
            .optional(
                "tools",
                .array(.any, max: 10_000, "in place of asking the function").orNull
            ),
        ]
    )
}
