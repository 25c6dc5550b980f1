import Policy
import REST
import Store

extension OperationCall where Service == Services {
    /// The policy's present decision about a tenant and a tool. `key` is a prefix; without one, only the tenant's own
    /// rules count.
    func explanation(
        tenant: TenantName,
        tool: String,
        key: String?
    ) async throws(Problem) -> ExplanationForm.Record {
        let now = nowMs
        return try await read { reading throws(StoreError) in
            let access = try ToolAccess(of: tenant, key: key, in: reading, nowMs: now)
            let listed = try reading.listedTool(tool)
            return ExplanationForm.Record(
                tenant: tenant.text,
                tool: listed.exposedName,
                key: key,
                access: access.explanation(of: listed)
            )
        }
    }
}

/// The JSON form of an explanation; docs/cli-json.md describes it.
struct ExplanationForm: Form {
    struct Record: Sendable {
        let tenant: String
        let tool: String
        let key: String?
        let access: AccessForm.Record
    }

    static let component: String? = "Explanation"

    let tenant = Member("tenant", .name, \Record.tenant)
    let tool = Member("tool", .text, \Record.tool)
    let key = Member("key", .text, \Record.key)
    let access = Included(AccessForm.self, \Record.access)

    static func sentence(_ answer: Answer<ExplanationForm>) -> Sentence {
        let key: Sentence? = answer.key.map { " with key \($0)" }
        let may = answer.access.allowed ? "may call" : "may not see or call"
        return "tenant \(answer.tenant)\(key) \(may) \(answer.tool): \(AccessForm.sentence(answer.access))"
    }
}
