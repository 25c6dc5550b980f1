import JSON
import Model
import REST
import Store

struct AdminTokenRevoke: Command {
    static let usage = Usage(
        path: ["admin-token", "revoke"],
        summary: "Stops a token of the admin API for good.",
        operands: [.init(name: "name", summary: "as `admin-token list` shows it")],
        options: [.dryRun],
        example: "mcp-gateway admin-token revoke ci",
        reach: .thisMachine
    )

    let name: String
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isDryRun = words.isDryRun
        guard !isSecret(name) else {
            throw UsageError(
                "that is a whole token, which is now in this shell's history; "
                    + "revoke it by its name: `mcp-gateway admin-token list`"
            )
        }
        do throws(ModelFault) { try checkName(name, of: "admin token") } catch {
            throw UsageError(error.description)
        }
    }

    func run(_ session: Session) throws -> Int32 {
        session.noteThisMachine()
        let (name, isDryRun) = (name, isDryRun)
        let token = try session.withStore { store, _ in
            guard !isDryRun else {
                return try store.readBlocking { reading throws(StoreError) in try reading.adminToken(name) }
            }
            return try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.revokeAdminToken(name)
            }
        }
        session.answer(
            .object(token.json(nowMs: session.nowMs())),
            done: "revoked admin token \(token.name), \(token.role.rawValue)",
            isDryRun: isDryRun
        )
        return 0
    }
}
