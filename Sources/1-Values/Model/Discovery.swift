/// A function that a discovery has found and serves, as it is remembered from one look to the next.
package struct DiscoveredFunction: Sendable, Equatable {
    /// Of the function, without a version.
    package var arn: String
    package var target: TargetName
    /// The tool's own name, for a plain function; nil when the target is the function's alone.
    package var tool: String?
    /// The tool's definition as a JSON object, for a plain function.
    package var definition: String?
    /// Since when it isn't found any more, in milliseconds since 1970; nil while it is found.
    package var missingSinceMs: Int64?
    /// How many looks in a row haven't found it.
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

/// How a discovery went when it was last applied.
package struct DiscoveryStanding: Sendable, Equatable {
    package var name: String
    /// When functions were last listed without a fault; nil before that.
    package var lookedAtMs: Int64?
    package var lastError: String?
    package var lastErrorAtMs: Int64?
    /// How many looks in a row have failed.
    package var failureCount: Int
    /// How many functions it serves, those that are missing too.
    package var functionCount: Int
    /// How many of them aren't found any more and wait for their removal.
    package var missingCount: Int
    /// Since when the first of those is missing.
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

    /// Whether so many are missing at once that the list itself is doubted: more than half.
    package var isDoubted: Bool { missingCount * 2 > functionCount }
}
