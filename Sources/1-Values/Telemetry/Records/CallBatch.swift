package import Bytes
package import Policy

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
        /// As lists show it: a JSON object.
        package let definition: [UInt8]

        package init(
            target: Int32,
            name: String,
            exposedName: String,
            sha256: Digest,
            definition: [UInt8] = []
        ) {
            self.target = target
            self.name = name
            self.exposedName = exposedName
            self.sha256 = sha256
            self.definition = definition
        }
    }

    package let tenants: [String]
    /// In the order of `tenants`: the store's ids.
    package let tenantIDs: [Int64]
    /// The keys' prefixes.
    package let keys: [String]
    /// In the order of `keys`: the store's ids.
    package let keyIDs: [Int64]
    package let targets: [String]
    /// In the order of `targets`: what of their calls is kept; nothing where there is none.
    package let recordings: [RecordingSettings]
    package let tools: [Tool]

    package init(
        tenants: [String],
        tenantIDs: [Int64],
        keys: [String],
        keyIDs: [Int64],
        targets: [String],
        recordings: [RecordingSettings] = [],
        tools: [Tool]
    ) {
        self.tenants = tenants
        self.tenantIDs = tenantIDs
        self.keys = keys
        self.keyIDs = keyIDs
        self.targets = targets
        self.recordings = recordings
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
