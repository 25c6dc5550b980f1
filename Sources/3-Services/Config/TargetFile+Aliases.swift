import MCP
import TOML

extension TargetFile {
    /// The most lines that `[aliases]` may have.
    package static let aliasesMax = 1_000

    /// Reads `[aliases]`: `"very_long_tool_name" = "short"`, with the target's own names as keys.
    static func readAliases(_ reader: inout SettingsReader, target: String) -> [String: String] {
        reader.knowFreely("aliases")
        guard let section = reader.table("aliases") else { return [:] }
        guard section.members.count <= aliasesMax else {
            let line = reader.root.member("aliases")?.location.line ?? 0
            reader.refuse(
                "aliases",
                line: line,
                "has \(section.members.count) lines; at most \(aliasesMax) are allowed"
            )
            return [:]
        }
        var aliases: [String: String] = [:]
        var tools: [String: String] = [:]
        for entry in section.members {
            do throws(Refusal) {
                let alias = try alias(entry, target: target)
                if let other = tools.updateValue(entry.key, forKey: alias) {
                    throw Refusal("is the alias of \(brief(other)) already; give each tool its own")
                }
                aliases[entry.key] = alias
            } catch {
                reader.refuse(entry, error.message)
            }
        }
        return aliases
    }

    private static func alias(_ entry: TOMLTable.Member, target: String) throws(Refusal) -> String {
        guard (1...256).contains(entry.key.utf8.count),
            entry.key.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw Refusal("is not a name that a tool can have") }
        guard case .string(let alias) = entry.value.content else {
            var hint = ""
            if case .table = entry.value.content { hint = "; a tool's name with a dot needs quotes" }
            throw Refusal("must be a string, not \(entry.value.kindInWords)\(hint)")
        }
        let kind = CatalogKind(catalogName: entry.key)
        guard kind == .tool || kind == .prompt else {
            throw Refusal("can't have an alias: tools and prompts alone have one")
        }
        guard kind == CatalogKind(catalogName: alias), ToolName.isTool(kind.ownName(alias)) else {
            throw Refusal(
                "must be \(kind == .prompt ? "prompt: and " : "")1 to 128 letters, digits, underscores, dots and "
                    + "hyphens, not \(brief(alias))"
            )
        }
        guard alias != entry.key else { throw Refusal("is the tool's own name; remove this line") }
        let length = target.utf8.count + ToolName.separator.utf8.count + alias.utf8.count
        guard length <= ToolName.lengthMaxLimit else {
            throw Refusal(
                "makes an exposed name of \(length) characters; at most \(ToolName.lengthMaxLimit) are allowed"
            )
        }
        return alias
    }
}
