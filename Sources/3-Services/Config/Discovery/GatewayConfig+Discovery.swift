package import Contracts
import Model
package import Policy

extension GatewayConfig {
    /// One `[[discovery]]`: which functions of one AWS account become tools by themselves.
    ///
    /// A function is found when `prefix` or `functions` names it (either does; without both, every name does) and it has
    /// all of `tags`. Several accounts are several entries.
    package struct Discovery: Sendable, Equatable {
        /// The target that holds the plain functions; unique among the entries.
        package var name: String
        /// What the functions' names begin with, and what tools' names leave out.
        package var prefix: String?
        /// Names of functions, beside the prefix.
        package var functions: [String] = []
        /// Tags that a function must have, with exactly these values.
        package var tags: [String: String] = [:]
        /// Where functions are looked for; when empty, in the region of `[aws]`.
        package var regions: [String] = []
        /// The role in the functions' account by which they are listed and called.
        package var roleARN: String?
        package var externalID: String?
        /// The targets' approval where no tag says otherwise.
        package var approval = Approval.required
        /// The most open approval that a function's tag may give. Whoever may tag a function can't open it further.
        package var approvalFromTags: Approval?
        /// How functions without a contract's tag are spoken to; when nil, they are left out.
        package var contract: Contract?
        /// The tag that holds the ARN of a function's schema in the EventBridge Schema Registry.
        package var schemaTag: String?
        /// Zero: only when a command asks.
        package var interval = Duration.seconds(300)
        /// How long a function that isn't found any more is kept.
        package var grace = Duration.seconds(3_600)
        /// Whether FUNCTION_PREFIX and the like made it, not the file.
        package var isFromEnvironment = false

        package init(name: String) { self.name = name }

        /// The name for an entry that says none: the prefix or the value of the only tag by the grammar of targets.
        package static func defaultName(prefix: String?, tags: [String: String] = [:]) -> String {
            let words = prefix ?? (tags.count == 1 ? tags.values.first : nil) ?? ""
            if let name = try? TargetName(words), !name.isReserved { return words }
            return NameSuggestion.near(words) ?? "functions"
        }
    }
}

extension GatewayConfig.Discovery {
    package static let entriesMax = 64
    package static let functionsMax = 1_000
    package static let tagsMax = 50
    package static let regionsMax = 40

    /// What the settings mean only together: a member with what is wrong, or nil.
    package var fault: (key: String, message: String)? {
        if prefix == nil, functions.isEmpty, tags.isEmpty {
            return ("prefix", "prefix, functions or tags must say which functions are meant")
        }
        if externalID != nil, roleARN == nil { return ("external_id", "needs role_arn beside it") }
        if contract == .agentcore {
            return (
                "contract",
                "\"agentcore\" needs tools that are declared: add such a function with `mcp-gateway target add`"
            )
        }
        return nil
    }
}
