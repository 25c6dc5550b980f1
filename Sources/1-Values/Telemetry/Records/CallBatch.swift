package import Bytes

/// The names that records of calls refer to, of one state: made once for it and shared by all its batches.
package final class CallNames: Sendable {
    package struct Tool: Sendable {
        /// A position in `targets`.
        package let target: Int32
        /// What the target calls it.
        package let name: String
        /// What agents call it.
        package let exposedName: String
        /// Of its definition.
        package let sha256: Digest
        /// What serves it: a function's name or ARN.
        package let function: String
        /// Where its target says that the function is; nil when it doesn't.
        package let region: String?

        package init(
            target: Int32,
            name: String,
            exposedName: String,
            sha256: Digest,
            function: String = "",
            region: String? = nil
        ) {
            self.target = target
            self.name = name
            self.exposedName = exposedName
            self.sha256 = sha256
            self.function = function
            self.region = region
        }
    }

    /// Revisions of MCP, in the order of their dates: what a record's `revision` is a position in.
    package static let revisions = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]

    package let tenants: [String]
    /// In the order of `tenants`: the store's ids.
    package let tenantIDs: [Int64]
    /// The keys' prefixes.
    package let keys: [String]
    /// In the order of `keys`: the store's ids.
    package let keyIDs: [Int64]
    package let targets: [String]
    package let tools: [Tool]

    package init(
        tenants: [String],
        tenantIDs: [Int64],
        keys: [String],
        keyIDs: [Int64],
        targets: [String],
        tools: [Tool]
    ) {
        self.tenants = tenants
        self.tenantIDs = tenantIDs
        self.keys = keys
        self.keyIDs = keyIDs
        self.targets = targets
        self.tools = tools
    }
}

/// Calls that ended on one loop, in order of their ends.
package struct CallBatch: Sendable {
    /// What `tenant`, `key` and `tool` of the records are positions in.
    package let names: CallNames
    package var records: [CallRecord] = []
    /// What the texts of the records are positions in. Bounded by whoever fills it.
    package var texts: [String] = []
    /// Of few of the records.
    package var bodies: [CallBody] = []

    package init(names: CallNames) { self.names = names }
}

/// Arguments and result of one call, raw as they were, for whoever derives from them what may be kept.
package struct CallBody: Sendable {
    /// A position in the batch's records.
    package let record: Int32
    /// A JSON object, cut at the bound of its holder; nil when there were none.
    package var arguments: [UInt8]?
    /// A JSON value, cut in the same way; nil when it isn't wanted.
    package var result: [UInt8]?

    package init(record: Int32, arguments: [UInt8]?, result: [UInt8]? = nil) {
        self.record = record
        self.arguments = arguments
        self.result = result
    }
}

/// Who wants to know of calls that ended: what writes them down, what exports their traces.
package protocol CallBatchTaker: AnyObject, Sendable {
    /// Takes a batch, or drops it and counts that. Called on a loop: it must not wait.
    func take(_ batch: CallBatch)
}
