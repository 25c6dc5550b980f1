/// The texts of `--help`, written from the usages alone.
enum Help {
    static func overview() -> String {
        var text = """
            One MCP endpoint in front of many tools that live in Lambda functions.

            Usage: mcp-gateway <command> [options]


            """
        text += list(AdminCLI.commands.map { $0.usage })
        text += """

            Every command takes --config FILE and --help; those with an answer take -o table|json. Most take --url URL
            too: then they work on that server, with the admin token in MCP_GATEWAY_ADMIN_TOKEN.
            Exit status: 0 done, 1 refused or failed, 64 misused.

            Example:
              mcp-gateway target add time --function mcp-server-time --approval open
              mcp-gateway target refresh time

            """
        return text
    }

    /// The verbs of a noun; `nil` when there is no such noun.
    static func noun(_ noun: String) -> String? {
        let usages = AdminCLI.commands.map { $0.usage }.filter { $0.path.count > 1 && $0.path[0] == noun }
        guard let first = usages.first else { return nil }
        return
            "Usage: mcp-gateway \(noun) <verb> [options]\n\n\(list(usages))\nExample:\n\(indented(first.example))"
    }

    static func text(for usage: Usage) -> String {
        var text = "\(usage.summary)\n\nUsage: \(line(usage))\n"
        if !usage.details.isEmpty { text += "\n\(usage.details)\n" }
        if !usage.operands.isEmpty {
            text += "\n" + aligned(usage.operands.map { ("<\($0.name)>", $0.summary) })
        }
        text += "\nOptions:\n"
        text += aligned(
            usage.allOptions.map { option in
                let repeats = option.isRepeatable ? "; may be repeated" : ""
                return (option.value.map { "\(option.name) \($0)" } ?? option.name, option.summary + repeats)
            }
        )
        return text + "\nExample:\n\(indented(usage.example))"
    }

    static func misuse(_ error: UsageError, _ usage: Usage) -> String {
        """
        mcp-gateway \(usage.name): \(error.message)
        Usage: \(line(usage))
        `mcp-gateway \(usage.name) --help` says more.

        """
    }

    /// The whole form on one line.
    static func line(_ usage: Usage) -> String {
        var parts = ["mcp-gateway"] + usage.path
        parts += usage.operands.map {
            ($0.isOptional ? "[\($0.name)]" : "<\($0.name)>") + ($0.isRepeatable ? "…" : "")
        }
        for option in usage.options {
            let form = option.value.map { "\(option.name) \($0)" } ?? option.name
            parts.append(option.isRequired ? form : option.isRepeatable ? "[\(form)]…" : "[\(form)]")
        }
        return parts.joined(separator: " ")
    }

    private static func list(_ usages: [Usage]) -> String { aligned(usages.map { ($0.name, $0.summary) }) }

    private static func aligned(_ rows: [(String, String)]) -> String {
        let width = rows.map { $0.0.count }.max() ?? 0
        return rows.map { left, right in
            "  \(left)\(String(repeating: " ", count: width - left.count))   \(right)\n"
        }.joined()
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "  \($0)\n" }.joined()
    }
}
