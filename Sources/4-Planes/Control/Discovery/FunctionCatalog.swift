package import Policy

/// The port to the list of Lambda functions, their tags, and the registry of schemas. Any executor; calls may run at
/// the same time.
package protocol FunctionCatalog: Sendable {
    /// The region that is searched when a discovery names none; nil when no setting names one.
    func defaultRegion() async -> String?

    /// All functions of one region for which `keeps` is true, read to the last page.
    /// - Throws: why there is no complete list.
    func functions(
        in place: DiscoveryPlace,
        keeping keeps: @escaping @Sendable (FunctionEntry) -> Bool
    ) async throws(FunctionCatalogError) -> [FunctionEntry]

    /// [ARN] → the function's tags, or why the tags of this function can't be read.
    /// - Throws: a failure that concerns all of them.
    func tags(
        of arns: [String],
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> [String: Result<[String: String], FunctionCatalogError>]

    /// The JSON Schema object in the EventBridge Schema Registry under an ARN: `JSONSchemaDraft4` as it is, `OpenApi3`
    /// converted.
    /// - Throws: also when the schema there can't be a tool's `inputSchema`.
    func inputSchema(
        _ arn: String,
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> String
}

/// One region of one account, and the role with which it is searched.
package struct DiscoveryPlace: Sendable, Hashable {
    package let region: String
    /// nil for the gateway's own credentials.
    package let role: AssumedRole?

    package init(region: String, role: AssumedRole? = nil) {
        self.region = region
        self.role = role
    }
}

/// A function as Lambda's list shows it.
package struct FunctionEntry: Sendable, Equatable {
    /// The ARN without a version.
    package let arn: String
    package let name: String
    /// The owner's description; empty for none.
    package let description: String
    /// Whether it only accepts calls with a tenant's id.
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

/// Why functions, tags or a schema can't be read; a text that an operator can act on, without a secret.
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
