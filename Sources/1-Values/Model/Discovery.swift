/// A function that a discovery has found and serves, as it is kept from one run to the next.
package struct DiscoveredFunction: Sendable, Equatable {
    /// The function's ARN, without a version.
    package var arn: String
    package var target: TargetName
    /// The tool's own name, for a plain function; nil when the target has this function alone.
    package var tool: String?
    /// The tool's definition as a JSON object, for a plain function.
    package var definition: String?
    /// When it was first missing, in milliseconds since 1970; nil while it is found.
    package var missingSinceMs: Int64?
    /// How many runs in a row haven't found it.
    package var missCount: Int

    package init(
        arn: String,
        target: TargetName,
        tool: String? = nil,
        definition: String? = nil,
        missingSinceMs: Int64? = nil,
        missCount: Int = 0
    ) {
        self.arn = arn
        self.target = target
        self.tool = tool
        self.definition = definition
        self.missingSinceMs = missingSinceMs
        self.missCount = missCount
    }
}

/// The outcome of a discovery's last run.
package struct DiscoveryStanding: Sendable, Equatable {
    package var name: String
    /// When functions were last listed without an error; nil if never.
    package var lookedAtMs: Int64?
    package var lastError: String?
    package var lastErrorAtMs: Int64?
    /// How many runs in a row have failed.
    package var failureCount: Int
    /// How many functions it serves, missing ones included.
    package var functionCount: Int
    /// How many of them are no longer found and will be removed.
    package var missingCount: Int
    /// When the first of those was first missing.
    package var missingSinceMs: Int64?

    package init(
        name: String,
        lookedAtMs: Int64? = nil,
        lastError: String? = nil,
        lastErrorAtMs: Int64? = nil,
        failureCount: Int = 0,
        functionCount: Int = 0,
        missingCount: Int = 0,
        missingSinceMs: Int64? = nil
    ) {
        self.name = name
        self.lookedAtMs = lookedAtMs
        self.lastError = lastError
        self.lastErrorAtMs = lastErrorAtMs
        self.failureCount = failureCount
        self.functionCount = functionCount
        self.missingCount = missingCount
        self.missingSinceMs = missingSinceMs
    }

    /// Whether the list itself is doubted, because more than half of the functions are missing at once.
    package var isDoubted: Bool { missingCount * 2 > functionCount }
}
