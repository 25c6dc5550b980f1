import AdminAPI
import JSON
import REST

struct KeyIssue: Command {
    private static let nameOption = Usage.Option(name: "--name", value: "N", summary: "what the key is for")
    private static let expiresOption = Usage.Option(
        name: "--expires",
        value: "90d|DAY",
        summary: "how long it works, or the UTC day such as 2027-01-01 it ends at; for ever when left out"
    )
    private static let allowOption = Usage.Option(
        name: "--allow",
        value: "PATTERN",
        summary: "only tools that match, such as time___*",
        isRepeatable: true
    )
    private static let denyOption = Usage.Option(
        name: "--deny",
        value: "PATTERN",
        summary: "no tools that match, whatever is allowed",
        isRepeatable: true
    )

    static let usage = Usage(
        path: ["key", "issue"],
        summary: "Makes a key for a tenant and prints it once.",
        operands: [.tenant],
        options: [
            nameOption,
            expiresOption,
            allowOption,
            denyOption,
        ] + Usage.Option.limit,
        details: """
            The key alone goes to stdout, so that a script can keep it; it can't be shown again. --rate, --burst,
            --quota and --budget are the key's own, beside its tenant's.
            """,
        example: "export MCP_GATEWAY_KEY=$(mcp-gateway key issue team-a --expires 90d --allow 'time___*')"
    )

    let request: OperationRequest<Keys.IssueArguments, IssuedKeyForm>

    init(_ words: ParsedWords) throws {
        let (tenant, limit) = (try words.required(0), try LimitWords(words))
        request = Keys.issue.request {
            $0.tenant = .string(tenant)
            $0.name = words.option(Self.nameOption).map { .string($0) }
            $0.expires = words.option(Self.expiresOption).map { .string($0) }
            $0.allow = .texts(words.options(Self.allowOption))
            $0.deny = .texts(words.options(Self.denyOption))
            limit.fill(&$0, \.limit)
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let issued = try session.ask(request)
        showIssuedKey(issued.key, issued.about, session)
        return 0
    }
}
