import AdminAPI
import JSON
import REST

struct TargetDiscover: Command {
    private static let prefix = Usage.Option(
        name: "--prefix",
        value: "P",
        summary: "functions whose names begin with this prefix, which is removed from the tools' names"
    )
    private static let list = Usage.Option(
        name: "--list",
        value: "A,B",
        summary: "functions by their names, beside the prefix",
        isRepeatable: true
    )
    private static let tag = Usage.Option(
        name: "--tag",
        value: "KEY=VALUE",
        summary: "only functions with that tag; of several, all",
        isRepeatable: true
    )
    private static let region = Usage.Option(
        name: "--region",
        value: "R",
        summary: "where to look; the gateway's own when left out",
        isRepeatable: true
    )
    private static let roleARN = Usage.Option(
        name: "--role-arn",
        value: "ARN",
        summary: "the role in the functions' account, to list and to call them"
    )
    private static let externalID = Usage.Option(
        name: "--external-id",
        value: "ID",
        summary: "what the role's trust policy asks for"
    )
    private static let contract = Usage.Option(
        name: "--contract",
        value: "C",
        summary: "of functions without the tag mcp-gateway:contract; left out otherwise"
    )
    private static let approval = Usage.Option(
        name: "--approval",
        value: "A",
        summary: "required, auto or open; required when left out",
        offer: .words(["required", "auto", "open"])
    )
    private static let approvalFromTags = Usage.Option(
        name: "--approval-from-tags",
        value: "A",
        summary: "the most open one that a tag may give",
        offer: .words(["required", "auto", "open"])
    )
    private static let schemaTag = Usage.Option(
        name: "--schema-tag",
        value: "KEY",
        summary: "the tag with the ARN of a schema in the Schema Registry"
    )
    private static let grace = Usage.Option(
        name: "--grace",
        value: "1h",
        summary: "how long functions are kept that aren't found any more"
    )
    private static let apply = Usage.Option(name: "--apply", value: nil, summary: "store what the plan says")
    private static let prune = Usage.Option(
        name: "--prune",
        value: nil,
        summary: "what isn't found any more goes at once"
    )
    private static let end = Usage.Option(
        name: "--end",
        value: nil,
        summary: "remove all targets of a discovery that gateway.toml no longer has"
    )

    static let usage = Usage(
        path: ["target", "discover"],
        summary: "Finds functions that are to be tools.",
        operands: [
            .init(
                name: "name",
                summary: "a [[discovery]] of gateway.toml, or what a new one is called; all when left out",
                isOptional: true
            )
        ],
        options: [
            prefix, list, tag, region, roleARN, externalID, contract, approval, approvalFromTags, schemaTag,
            grace, apply, prune, end,
        ],
        details: """
            Shows what would follow; --apply stores it. Looking runs no function. A function whose tag (or --contract) says a contract
            that lists its tools is run with that list's event once it is stored, and at each refresh. A contract comes from the tag mcp-gateway:contract or from --contract. Plain functions
            become tools of one target, others a target each. A server that runs on the store looks, with its own
            credentials; else this command. Exit status 1 when anything couldn't be listed or stored.
            """,
        example: """
            mcp-gateway target discover
            mcp-gateway target discover crm --prefix crm- --contract function --apply
            """,
        isTable: true
    )

    let look: OperationRequest<Discoveries.LookArguments, DiscoveriesForm>
    let name: String?
    let applies: Bool
    let ends: Bool

    init(_ words: ParsedWords) throws {
        let name = words.operand(0)
        (self.name, applies, ends) = (name, words.flag(Self.apply), words.flag(Self.end))
        if ends {
            let others = Self.usage.options.filter { option in
                option.name != Self.end.name
                    && (option.value == nil ? words.flag(option) : !words.options(option).isEmpty)
            }
            if let other = others.first { throw UsageError("--end and \(other.name) exclude each other") }
            if name == nil { throw UsageError("--end needs the discovery's name") }
        }
        if words.flag(Self.prune), !applies { throw UsageError("--prune needs --apply as well") }
        var tags: [String: String] = [:]
        for text in words.options(Self.tag) {
            guard let middle = text.firstIndex(of: "="), middle > text.startIndex else {
                throw UsageError("--tag needs KEY=VALUE, such as --tag team=crm")
            }
            let key = String(text[..<middle])
            guard tags.updateValue(String(text[text.index(after: middle)...]), forKey: key) == nil else {
                throw UsageError("--tag gives the key \(quoted(key)) twice")
            }
        }
        // An empty word, such as from an unset shell variable, would select everything.
        func commas(_ option: Usage.Option) throws(UsageError) -> [String] {
            var all: [String] = []
            for text in words.options(option) {
                let some = text.split(separator: ",").map { String($0) }
                if some.isEmpty { throw UsageError("\(option.name) names nothing") }
                all += some
            }
            return all
        }
        func text(_ option: Usage.Option) -> JSONValue? { words.option(option).map { .string($0) } }
        let (functions, regions) = (try commas(Self.list), try commas(Self.region))
        let (isApplied, isPruned) = (applies, words.flag(Self.prune))
        var look = Discoveries.look.request
        look.name = name.map { .string($0) }
        look[\.words, \.prefix] = text(Self.prefix)
        if !functions.isEmpty { look[\.words, \.functions] = .texts(functions) }
        if !tags.isEmpty {
            look[\.words, \.tags] = .object(
                JSONObject(tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            )
        }
        if !regions.isEmpty { look[\.words, \.regions] = .texts(regions) }
        look[\.words, \.roleArn] = text(Self.roleARN)
        look[\.words, \.externalId] = text(Self.externalID)
        look[\.words, \.contract] = text(Self.contract)
        look[\.words, \.approval] = text(Self.approval)
        look[\.words, \.approvalFromTags] = text(Self.approvalFromTags)
        look[\.words, \.schemaTag] = text(Self.schemaTag)
        look[\.words, \.grace] = text(Self.grace)
        if isApplied { look.apply = .bool(true) }
        if isPruned { look.prune = .bool(true) }
        self.look = look
    }

    func run(_ session: Session) throws -> Int32 {
        if ends, let name {
            let ended = try session.withAdmin(via: .serverIfRunning, asksFunctions: true, discovers: true) {
                admin in
                try await admin.ask(Discoveries.end.request { $0.name = .string(name) })
            }
            session.answer(
                ended.json,
                done:
                    "ended the discovery \(ended.name), and removed \(counted(ended.targets.count, "target"))"
            )
            return 0
        }
        let look = look
        let answer = try session.withAdmin(via: .serverIfRunning, asksFunctions: true, discovers: true) {
            admin in
            try await admin.ask(look)
        }
        let reports = answer.discoveries
        session.answer(
            answer.json,
            text: reports.map { DiscoveryText($0, session).text }.joined(separator: "\n")
        )
        return reports.contains { $0.error != nil } ? 1 : 0
    }
}

/// A plan for people: first what is served and how, then what isn't and why.
private struct DiscoveryText {
    /// The most left-out functions that are shown; the JSON has all.
    private static let leftOutMax = 20

    let report: Answer<DiscoveryReportForm>
    let session: Session

    init(_ report: Answer<DiscoveryReportForm>, _ session: Session) {
        self.report = report
        self.session = session
    }

    var text: String {
        var lines: [Sentence] = []
        let out = session.out
        let served = report.functions.filter { $0.state != "left_out" }
        var result = ""
        if !served.isEmpty {
            let isWide = session.form == .wide
            result += table(served).text(width: isWide ? nil : out.columns, style: out.style, isWide: isWide)
        }
        for function in served {
            if let reason = function.reason { lines.append("\(function.name): \(reason)") }
            lines += function.notes.map { "\(function.name): \($0)" }
        }
        let leftOut = report.functions.filter { $0.state == "left_out" }
        lines += leftOut.prefix(Self.leftOutMax).map {
            "left out: \($0.name) (\($0.region)): \($0.reason ?? "")"
        }
        if leftOut.count > Self.leftOutMax {
            lines.append("left out: \(leftOut.count - Self.leftOutMax) more, which -o json shows")
        }
        for region in report.regions {
            if let error = region.error { lines.append("\(region.region) couldn't be listed: \(error)") }
        }
        if report.doubted {
            lines.append(
                """
                more than half of what is served wasn't found; this is confirmed before it is removed; \
                --prune removes it now
                """
            )
        }
        lines.append(summary)
        return result + lines.map { "\($0.text)\n" }.joined()
    }

    private var summary: Sentence {
        let changes = report.targets.filter { $0.change != "unchanged" }
        let list = changes.map { "\($0.name) \($0.change)" }.joined(separator: ", ")
        if report.error != nil { return "discovery \(report.name): failed: \(report.error ?? "")" }
        if changes.isEmpty { return "discovery \(report.name): the targets stay as they are" }
        return report.applied
            ? "discovery \(report.name): \(list)"
            : "discovery \(report.name): would be \(list); --apply stores that"
    }

    private func table(_ functions: [Answer<PlannedFunctionForm>]) -> Table {
        var table = Table(
            "TOOL",
            "STATE",
            Heading("FUNCTION").yields(.first),
            Heading("REGION").yields(.third),
            Heading("CONTRACT").yields(.second),
            Heading("APPROVAL").yields(.second),
            Heading("SCHEMA").yields(.third)
        )
        for function in functions {
            table.add(
                function.tool ?? function.target ?? "",
                function.state,
                function.name,
                function.region,
                function.contract ?? "",
                function.approval ?? "",
                function.schema ?? ""
            )
        }
        return table
    }
}
