import AdminAPI
import Glibc
import Store

/// Whether the store is whole and private.
enum StoreExam {
    static func findings(_ store: Store::Store) -> [Finding] {
        var findings: [Finding] = []
        do throws(StoreError) {
            let (faults, version) = try store.readBlocking { reading throws(StoreError) in
                (try reading.faults(), try reading.schemaVersion())
            }
            findings += faults.map {
                Finding(
                    check: "store",
                    status: .problem,
                    message: $0,
                    hint: "restore \(store.path) from a backup"
                )
            }
            if faults.isEmpty {
                findings.append(
                    Finding(
                        check: "store",
                        status: .ok,
                        message: "\(store.path) is whole, schema version \(version)"
                    )
                )
            }
        } catch {
            findings.append(
                Finding(check: "store", status: .problem, message: error.message, hint: error.hint)
            )
        }
        var status = stat()
        if unsafe stat(store.path, &status) == 0, status.st_mode & 0o077 != 0 {
            findings.append(
                Finding(
                    check: "store",
                    status: .problem,
                    message: "other users may open \(store.path), which holds a secret",
                    hint: "chmod 600 \(store.path)"
                )
            )
        }
        return findings
    }

    /// What tenants have stored that no call uses, though somebody may rely on it.
    static func idleSettings(_ store: Store::Store, nowMs: Int64) -> [Finding] {
        let tenants = try? store.readBlocking { reading throws(StoreError) in
            try reading.tenants(nowMs: nowMs)
        }
        return (tenants ?? []).flatMap { tenant in
            [
                ("--role-arn", tenant.spec.roleARN, TenantSettings.roleAdvice),
                ("--lambda-tenant-id", tenant.spec.lambdaTenantID, TenantSettings.lambdaTenantAdvice),
            ].compactMap { option, value, advice in
                value == nil
                    ? nil
                    : Finding(
                        check: "tenant \(tenant.name)",
                        status: .warning,
                        message: "its \(option) was stored by an older version and has no effect: \(advice)",
                        hint: "`mcp-gateway tenant update \(tenant.name) \(option)=` clears it"
                    )
            }
        }
    }

    /// What waits for an operator.
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
                    check: "subscriptions",
                    status: pending == 0 ? .ok : .note,
                    message: pending == 0
                        ? "no request waits for a decision"
                        : "\(requests) \(pending == 1 ? "waits" : "wait") for a decision",
                    hint: pending == 0 ? "" : "`mcp-gateway subscription list --state pending` shows them"
                ),
                Finding(
                    check: "tools",
                    status: waiting == 0 ? .ok : .note,
                    message: waiting == 0
                        ? "no tool waits for an approval"
                        : "\(counted(waiting, "new or changed tool")) "
                            + "\(waiting == 1 ? "waits" : "wait") for an approval",
                    hint: waiting == 0 ? "" : "`mcp-gateway tool list --waiting` shows them"
                ),
            ]
        } catch {
            return [Finding(check: "store", status: .problem, message: error.message, hint: error.hint)]
        }
    }

    private static let countedMax = 10_000
}
