import JSON
import Text

/// A function as ListFunctions tells of it, without a version.
///
/// Its environment is not kept: there are secrets in it.
/// Source: Lambda API Reference, "FunctionConfiguration"
package struct ListedFunction: Sendable, Equatable {
    package let name: String
    package let arn: String
    /// Empty for none.
    package let description: String
    /// Empty for a container image.
    package let runtime: String
    /// As AWS writes it: `2026-11-29T08:00:00.000+0000`.
    package let lastModified: String
    /// Whether it has an environment for each tenant, and takes calls with a tenant's id alone.
    package let isTenantIsolated: Bool
    /// Such as `arm64`; nil when it isn't told.
    package let architecture: String?
    package let memoryMB: Int?

    package init(
        name: String,
        arn: String,
        description: String = "",
        runtime: String = "",
        lastModified: String = "",
        isTenantIsolated: Bool = false,
        architecture: String? = nil,
        memoryMB: Int? = nil
    ) {
        self.name = name
        self.arn = arn
        self.description = description
        self.runtime = runtime
        self.lastModified = lastModified
        self.isTenantIsolated = isTenantIsolated
        self.architecture = architecture
        self.memoryMB = memoryMB
    }

    /// nil when it has no name or ARN as functions have them.
    init?(_ value: JSONValue) {
        guard let name = value["FunctionName"]?.stringValue, let arn = value["FunctionArn"]?.stringValue,
            1...256 ~= name.utf8.count, 1...512 ~= arn.utf8.count, arn.hasPrefix("arn:"),
            (name + arn).utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return nil }
        self.init(
            name: name,
            arn: arn,
            description: Self.text(value["Description"], scalarsMax: 1_024),
            runtime: Self.text(value["Runtime"], scalarsMax: 64),
            lastModified: Self.text(value["LastModified"], scalarsMax: 100),
            isTenantIsolated: value["TenancyConfig"]?["TenantIsolationMode"]?.stringValue == "PER_TENANT",
            architecture: value["Architectures"]?.arrayValue?.first?.stringValue,
            memoryMB: value["MemorySize"]?.intValue
        )
    }

    /// What isn't a text is none.
    private static func text(_ value: JSONValue?, scalarsMax: Int) -> String {
        String((value?.stringValue ?? "").unicodeScalars.prefix(scalarsMax))
    }
}
