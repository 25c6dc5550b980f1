import Control
import JSON
import REST
import Store

struct AdminTokenIssue: Command {
    private static let roleOption = Usage.Option(
        name: "--role",
        value: "operator|viewer",
        summary: "operator may change everything, viewer only look",
        isRequired: true,
        offer: .words(["operator", "viewer"])
    )
    private static let expiresOption = Usage.Option(
        name: "--expires",
        value: "90d|DAY|never",
        summary: "how long it works, the UTC day such as 2027-01-01 it ends at, or never; 90d when left out"
    )

    static let usage = Usage(
        path: ["admin-token", "issue"],
        summary: "Makes a token for the admin API and prints it once.",
        operands: [
            .init(
                name: "name",
                summary: "what the audit log calls its holder; admin when left out",
                isOptional: true
            )
        ],
        options: [
            roleOption,
            expiresOption,
        ],
        details: "The token alone goes to stdout, so that a script can keep it; it can't be shown again.",
        example:
            "export MCP_GATEWAY_ADMIN_TOKEN=$(mcp-gateway admin-token issue ci --role operator)",
        reach: .thisMachine
    )

    /// The lifetime when none is given, so that a forgotten token ends by itself.
    private static let lifeWhenLeftOut = "90d"

    let name: String
    let role: AdminRole
    /// nil for a token that works for ever, which must be asked for explicitly.
    let expires: String?

    init(_ words: ParsedWords) throws {
        name = words.operand(0) ?? "admin"
        guard let role = AdminRole(rawValue: words.option(Self.roleOption) ?? "") else {
            throw UsageError("--role is operator or viewer")
        }
        self.role = role
        let end = words.option(Self.expiresOption) ?? Self.lifeWhenLeftOut
        expires = end == "never" ? nil : end
        if isSecret(name) { throw UsageError("the name begins like a secret; choose another") }
    }

    func run(_ session: Session) throws -> Int32 {
        session.noteThisMachine()
        let (name, role, expires, now) = (name, role, expires, session.nowMs())
        let issued = try session.withStore(.creating) { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                var expiresAtMs: Int64?
                if let expires {
                    expiresAtMs = try checked(expiryMs(expires, for: "a token to work", nowMs: now))
                }
                return try writing.issueAdminToken(name: name, role: role, expiresAtMs: expiresAtMs)
            }
        }
        let members = issued.record.json(nowMs: now).members.map { ($0.key, $0.value) }
        session.answer(
            .object(JSONObject(members + [("token", .string(issued.token.text))])),
            text: issued.token.text + "\n"
        )
        if session.format == .table {
            let end = timeText(issued.record.expiresAtMs).map { ", works until \($0)" } ?? ", works for ever"
            session.err.write("admin token \(safe(name)), \(role.rawValue)\(end); it is not shown again\n")
        }
        return 0
    }
}
