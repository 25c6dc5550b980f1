import MCP
import AdminAPI
import Control
import Policy
import Store
import System

/// Whether the store is intact, and which decisions wait in it.
enum StoreExam {
    /// A finding when there is no store at the path; nil when there is one. Creates nothing.
    static func missing(_ path: String) -> Finding? {
        guard !Files.exists(path) else { return nil }
        if let server = Store.servers(at: path).first {
            return Finding(
                .problem,
                "store",
                "\(path) is gone, and \(server.description) still has it open",
                hint:
                    "put the file back, or restart that server; what was changed there since is lost otherwise"
            )
        }
        return Finding(
            .warning,
            "store",
            "there is none at \(path)",
            hint: "`mcp-gateway serve` or a command that adds something creates it; "
                + "if there should be one, correct store.path"
        )
    }

    static func findings(_ store: Store::Store) -> [Finding] {
        var findings: [Finding] = []
        do throws(StoreError) {
            let (faults, version) = try store.readBlocking { reading throws(StoreError) in
                (try reading.faults(), try reading.schemaVersion())
            }
            findings += faults.map {
                Finding(.problem, "store", $0, hint: "restore \(store.path) from a backup")
            }
            if faults.isEmpty {
                findings.append(
                    Finding(.ok, "store", "\(store.path) is whole, schema version \(version)")
                )
            }
        } catch {
            findings.append(
                Finding(.problem, "store", error.message, hint: error.hint)
            )
        }
        return findings
    }

    /// Tools that agents don't get or get changed, and aliases of tools that targets don't list.
    static func tools(_ store: Store::Store, _ targets: [TargetRecord]) -> [Finding] {
        targets.flatMap { target -> [Finding] in
            let check = "tools of \(target.name)"
            let idle = idleAliases(store, target).map { alias in
                Finding(
                    .note,
                    check,
                    "the alias \(alias.name) is for \(alias.tool), which the target doesn't list",
                    hint: alias.source == .file
                        ? "take the line out of [aliases] in its target.toml"
                        : "`mcp-gateway tool alias \(target.name)___\(alias.tool) --remove` takes it away"
                )
            }
            return definitions(of: target, check) + idle
        }
    }

    private static func definitions(of target: TargetRecord, _ check: String) -> [Finding] {
        var findings: [Finding] = []
        let health = target.health.tools
        if health.refusedCount > 0 {
            let named = health.refusals.prefix(3).map { "\($0.tool) (\($0.reason))" }
            let more = health.refusedCount - named.count
            findings.append(
                Finding(
                    .warning,
                    check,
                    "\(counted(health.refusedCount, "tool")) "
                        + "\(health.refusedCount == 1 ? "is" : "are") refused: \(named.joined(separator: "; "))"
                        + (more > 0 ? "; and \(more) more" : ""),
                    hint: "`mcp-gateway tool list --target \(target.name) --state refused` shows why"
                )
            )
        }
        if health.changedCount > 0 {
            findings.append(
                Finding(
                    .note,
                    check,
                    "\(counted(health.changedCount, "tool")) "
                        + "\(health.changedCount == 1 ? "is" : "are") served otherwise than the target sent it",
                    hint: "`mcp-gateway target test \(target.name)` says what is left out"
                )
            )
        }
        return findings
    }

    private static func idleAliases(_ store: Store::Store, _ target: TargetRecord) -> [Store::ToolAlias] {
        // A target that was never read lists no tools yet; a fault of the store is reported by another finding.
        guard !target.aliases.isEmpty, target.health.refreshedAtMs != nil,
            let listed = try? store.readBlocking({ reading throws(StoreError) in
                try reading.tools(of: target.name, kinds: [.tool, .prompt]).map { $0.name }
                    + reading.refusedTools(of: target.name).map { $0.tool.name }
            })
        else { return [] }
        let names = Set(listed)
        return target.aliases.filter { !names.contains($0.tool) }
    }

    /// Decisions that wait for an operator.
    static func decisions(_ store: Store::Store, nowMs: Int64) -> [Finding] {
        do throws(StoreError) {
            let (pending, waiting) = try store.readBlocking { reading throws(StoreError) in
                (
                    try reading.subscriptions(
                        SubscriptionFilter(state: .pending, limit: countedMax),
                        nowMs: nowMs
                    ).count,
                    try reading.pendingApprovals(nowMs: nowMs).count
                )
            }
            let requests = pending == countedMax ? "\(pending) or more requests" : counted(pending, "request")
            return [
                Finding(
                    pending == 0 ? .ok : .note,
                    "subscriptions",
                    pending == 0
                        ? "no request waits for a decision"
                        : "\(requests) \(pending == 1 ? "waits" : "wait") for a decision",
                    hint: pending == 0 ? "" : "`mcp-gateway subscription list --state pending` shows them"
                ),
                Finding(
                    waiting == 0 ? .ok : .note,
                    "tools",
                    waiting == 0
                        ? "no tool waits for an approval"
                        : "\(counted(waiting, "new or changed tool")) "
                            + "\(waiting == 1 ? "waits" : "wait") for an approval",
                    hint: waiting == 0 ? "" : "`mcp-gateway tool list --waiting` shows them"
                ),
            ]
        } catch {
            return [Finding(.problem, "store", error.message, hint: error.hint)]
        }
    }

    private static let countedMax = 10_000
}
