package import Policy

/// Where Lambda's functions are listed, with their tags, and schemas are kept. Any executor; calls may run at once.
package protocol FunctionCatalog: Sendable {
    /// The region that is asked when a discovery names none; nil when nothing says it.
    func defaultRegion() async -> String?

    /// All functions of one region for which `keeps` holds, to the last page.
    /// - Throws: why there is no complete list.
    func functions(
        in place: DiscoveryPlace,
        keeping keeps: @escaping @Sendable (FunctionEntry) -> Bool
    ) async throws(FunctionCatalogError) -> [FunctionEntry]

    /// The tags of functions, by their ARNs; one whose tags alone can't be read has the reason.
    /// - Throws: what holds for all of them.
    func tags(
        of arns: [String],
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> [String: Result<[String: String], FunctionCatalogError>]

    /// The JSON Schema object that stands in the EventBridge Schema Registry under an ARN, made of what is there:
    /// `JSONSchemaDraft4` as it is, `OpenApi3` converted.
    /// - Throws: also when what is there can't be a tool's `inputSchema`.
    func inputSchema(
        _ arn: String,
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> String
}

/// One region of one account, and as whom it is asked.
package struct DiscoveryPlace: Sendable, Hashable {
    package let region: String
    /// nil for the gateway's own credentials.
    package let role: AssumedRole?

    package init(region: String, role: AssumedRole? = nil) {
        self.region = region
        self.role = role
    }
}

/// A function as a list has it.
package struct FunctionEntry: Sendable, Equatable {
    /// Without a version.
    package let arn: String
    package let name: String
    /// As its owner wrote it; empty for none.
    package let description: String
    /// Whether it takes calls with a tenant's id alone.
    package let isTenantIsolated: Bool
    package let architecture: Architecture?
    /// Within `InvokeSettings.memoryBounds`.
    package let memoryMB: Int?

    package init(
        arn: String,
        name: String,
        description: String = "",
        isTenantIsolated: Bool = false,
        architecture: Architecture? = nil,
        memoryMB: Int? = nil
    ) {
        self.arn = arn
        self.name = name
        self.description = description
        self.isTenantIsolated = isTenantIsolated
        self.architecture = architecture
        self.memoryMB = memoryMB
    }
}

/// Why functions, tags or a schema can't be had; in words that an operator can act on, without a secret.
package struct FunctionCatalogError: Error, Equatable, Sendable, CustomStringConvertible {
    package let message: String
    /// What to do next; may be empty.
    package let hint: String

    package init(_ message: String, hint: String = "") {
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.isEmpty ? message : "\(message); \(hint)" }
}

extension FunctionCatalogError {
    static let noTags = FunctionCatalogError("nothing was answered about its tags")
}
