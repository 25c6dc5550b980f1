import HTTP
import JSON

struct KeyIssue: Command {
    static let usage = Usage(
        path: ["key", "issue"],
        summary: "Makes a key for a tenant and prints it, this once.",
        operands: [.tenant],
        options: [
            .init(name: "--name", value: "N", summary: "what the key is for"),
            .init(
                name: "--expires",
                value: "90d|DAY",
                summary:
                    "how long it works, or the UTC day such as 2027-01-01 it ends at; for ever when left out"
            ),
            .init(
                name: "--allow",
                value: "PATTERN",
                summary: "only tools that match, such as time___*",
                isRepeatable: true
            ),
            .init(
                name: "--deny",
                value: "PATTERN",
                summary: "no tools that match, whatever is allowed",
                isRepeatable: true
            ),
        ] + Usage.Option.limit,
        details: """
            The key alone goes to stdout, so that a script can keep it; it can't be shown again. --rate, --burst
            and --quota are the key's own, beside its tenant's.
            """,
        example: "export MCP_GATEWAY_KEY=$(mcp-gateway key issue team-a --expires 90d --allow 'time___*')"
    )

    let members: [(String, JSONValue)]

    init(_ words: ParsedWords) throws {
        var members: [(String, JSONValue)] = [("tenant", .string(try words.required(0)))]
        for name in ["name", "expires"] {
            if let text = words.option("--\(name)") { members.append((name, .string(text))) }
        }
        for name in ["allow", "deny"] {
            let patterns = words.options("--\(name)")
            if !patterns.isEmpty { members.append((name, .array(patterns.map { .string($0) }))) }
        }
        self.members = members + (try LimitWords(words)).members
    }

    func run(_ session: Session) throws -> Int32 {
        showIssuedKey(try session.ask(.post, ["keys"], members), session)
        return 0
    }
}
