import AdminAPI
import JSON
import MCP
import REST

struct ToolAlias: Command {
    private static let removeOption = Usage.Option(
        name: "--remove",
        value: nil,
        summary: "take the alias away, back to the tool's own name"
    )

    static let usage = Usage(
        path: ["tool", "alias"],
        summary: "Lets agents call a tool by another name than its target's own.",
        operands: [
            .init(name: "tool", summary: "target___tool, with the target's own name for it", offer: .tools),
            .init(name: "name", summary: "the name after target___ from now on", isOptional: true),
        ],
        options: [
            removeOption,
            .dryRun,
        ],
        details: """
            The function is still called with its own name. What is approved of the tool stays approved. Permissions,
            the patterns of keys and subscriptions, and limits go by the name that agents use: those that lose or gain the
            tool are listed.
            """,
        example: """
            mcp-gateway tool alias billing___get_reserved_instance_coverage_by_service ri-coverage
            mcp-gateway tool alias billing___get_reserved_instance_coverage_by_service --remove
            """
    )

    let tool: String
    /// `nil` removes the alias.
    let alias: String?
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        tool = try words.required(0)
        alias = words.operand(1)
        isDryRun = words.isDryRun
        guard tool.contains(ToolName.separator) else {
            throw UsageError("\(quoted(tool)) is not a tool's name: give it as target___tool")
        }
        guard (alias == nil) == words.flag(Self.removeOption) else {
            throw UsageError(alias == nil ? "give a name, or --remove" : "--remove goes without a name")
        }
        if let alias, !ToolName.isTool(alias) {
            throw UsageError(
                "\(quoted(alias)) is not a valid tool name: use 1 to 128 letters, digits, underscores, dots and hyphens"
            )
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let answer: Answer<ToolAliasForm>
        if let alias {
            answer = try session.ask(
                Tools.alias.request {
                    $0.tool = .string(tool)
                    $0.alias = .string(alias)
                    $0.dryRun = isDryRun ? true : nil
                }
            )
        } else {
            answer = try session.ask(
                Tools.aliasRemove.request {
                    $0.tool = .string(tool)
                    $0.dryRun = isDryRun ? true : nil
                }
            )
        }
        session.answer(answer.json, text: text(answer))
        return 0
    }

    private func text(_ answer: Answer<ToolAliasForm>) -> String {
        let done: Sentence =
            answer.alias == nil
            ? "took the alias \(answer.previousName) away: agents call \(answer.name)"
            : "gave \(answer.tool) of target \(answer.target) its alias: agents call \(answer.name)"
        let lines =
            [isDryRun ? dryRun(done) : done] + [standing(answer)].compactMap { $0 } + answer.rules.map(rule)
        return lines.map { "\($0.text)\n" }.joined()
    }

    private func standing(_ answer: Answer<ToolAliasForm>) -> Sentence? {
        let reason: Sentence? = answer.reason.map { ": \($0)" }
        switch answer.state {
        case "refused": return "note: the tool is refused\(reason)"
        case "quarantined": return "note: the tool is quarantined until `mcp-gateway tool approve`"
        case "missing": return "note: the target lists no such tool at present\(reason)"
        default: return nil
        }
    }

    private func rule(_ rule: Answer<AliasedRuleForm>) -> Sentence {
        let key: Sentence? = rule.key.map { " with key \($0)" }
        let kind = ["limit": "the limit on", "subscription": "the subscription's"][rule.kind] ?? rule.kind
        let effect: Sentence = rule.matches ? "concerns the tool now" : "no longer concerns the tool"
        return "note: \(kind) \(rule.pattern) of tenant \(rule.tenant)\(key) \(effect)"
    }
}
