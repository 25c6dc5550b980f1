import JSON
import Text

/// A function's description in the answer of ListFunctions, without a version.
///
/// The function's environment variables are not kept, because they hold secrets.
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
    /// Whether the function has a separate execution environment for each tenant, and accepts only calls with a tenant
    /// id.
    package let isTenantIsolated: Bool
    /// Such as `arm64`; nil when AWS doesn't give it.
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

    /// nil when the name or the ARN is missing or malformed.
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

    /// The start of a string; empty for any other value.
    private static func text(_ value: JSONValue?, scalarsMax: Int) -> String {
        String((value?.stringValue ?? "").unicodeScalars.prefix(scalarsMax))
    }
}
