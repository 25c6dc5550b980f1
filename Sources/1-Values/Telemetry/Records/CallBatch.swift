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
        /// What serves it: a function's name or ARN.
        package let function: String
        /// Where its target says that the function is; nil when it doesn't.
        package let region: String?

        package init(
            target: Int32,
            name: String,
            exposedName: String,
            sha256: Digest,
            definition: [UInt8] = [],
            function: String = "",
            region: String? = nil
        ) {
            self.target = target
            self.name = name
            self.exposedName = exposedName
            self.sha256 = sha256
            self.definition = definition
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
    /// Arguments and results of some of the records, one behind the other.
    package var bytes: [UInt8] = []
    /// Where in `bytes` they lie, in the order of their records.
    package var bodies: [CallBody] = []
    /// Refused calls of which there were too many to be recorded.
    package var omitted = 0

    package init(names: CallNames) { self.names = names }
}

/// Where arguments and result of one call are, raw as they were, for whoever derives from them what may be kept.
package struct CallBody: Sendable, BitwiseCopyable {
    /// A run of the batch's bytes; none at first.
    package struct Piece: Sendable, BitwiseCopyable {
        package var start: Int32 = 0
        /// -1 for nothing.
        package var count: Int32 = -1
        /// Whether only the beginning was copied, which is no whole JSON then.
        package var isCut = false

        package init() {}

        /// In the batch's bytes; nil for nothing.
        package var range: Range<Int>? { count < 0 ? nil : Int(start)..<Int(start) + Int(count) }
    }

    /// A position in the batch's records.
    package let record: Int32
    /// A JSON object; nothing when the client sent none, or it wasn't wanted.
    package var arguments = Piece()
    /// A JSON value; nothing when there was none, or it wasn't wanted.
    package var result = Piece()

    package init(record: Int32) { self.record = record }
}

/// Who wants to know of calls that ended: what writes them down, what exports their traces.
package protocol CallBatchTaker: AnyObject, Sendable {
    /// Takes a batch, or drops it and counts that. Called on a loop: it must not wait.
    func take(_ batch: CallBatch)
}
