package import Contracts
import Model
package import Policy

extension GatewayConfig {
    /// One `[[discovery]]`: the functions of one AWS account that become tools automatically.
    ///
    /// A function is found if `prefix` or `functions` matches its name (one is enough; without both, every name
    /// matches) and it has all of `tags`. Each account needs an entry of its own.
    package struct Discovery: Sendable, Equatable {
        /// The target that holds the plain functions; unique among the entries.
        package var name: String
        /// The beginning of the functions' names, which is left out of the tools' names.
        package var prefix: String?
        /// Names of functions that are found in addition to those with the prefix.
        package var functions: [String] = []
        /// Tags that a function must have, with exactly these values.
        package var tags: [String: String] = [:]
        /// The regions in which functions are looked for; when empty, the region of `[aws]`.
        package var regions: [String] = []
        /// The role in the functions' account that is taken to list and call them.
        package var roleARN: String?
        package var externalID: String?
        /// The targets' approval if no tag sets another.
        package var approval = Approval.required
        /// The most open approval that a function's tag may give, so that a user who may tag a function can't open it
        /// further.
        package var approvalFromTags: Approval?
        /// The contract of functions without a tag for it; when nil, those functions are left out.
        package var contract: Contract?
        /// The tag that holds the ARN of a function's schema in the EventBridge Schema Registry.
        package var schemaTag: String?
        /// The time between two discoveries; zero to run one only when a command asks for it.
        package var interval = Duration.seconds(300)
        /// How long a function that is no longer found is kept.
        package var grace = Duration.seconds(3_600)
        /// Whether the entry comes from FUNCTION_PREFIX and similar variables, not from the file.
        package var isFromEnvironment = false

        package init(name: String) { self.name = name }

        /// The name of an entry that sets none: the prefix, or the value of the only tag, changed into a valid target
        /// name.
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

    /// The error in the combination of settings: the member and the message, or nil.
    package var fault: (key: String, message: String)? {
        if prefix == nil, functions.isEmpty, tags.isEmpty {
            return ("prefix", "prefix, functions or tags must say which functions are meant")
        }
        if externalID != nil, roleARN == nil { return ("external_id", "needs role_arn as well") }
        if contract == .agentcore {
            return (
                "contract",
                "\"agentcore\" needs tools that are declared: add such a function with `mcp-gateway target add`"
            )
        }
        return nil
    }
}
