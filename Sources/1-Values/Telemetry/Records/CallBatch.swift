package import Bytes
package import Policy

/// The names that records of calls refer to, of one state: made once per state and shared by all its batches.
package final class CallNames: Sendable {
    package struct Tool: Sendable {
        /// A position in `targets`.
        package let target: Int32
        /// The target's own name for it.
        package let name: String
        /// The name that agents call it by.
        package let exposedName: String
        /// The hash of its definition.
        package let sha256: Digest
        /// The definition as lists show it: a JSON object.
        package let definition: [UInt8]
        /// The name or ARN of the function that serves it.
        package let function: String
        /// The function's region as its target declares it; nil when it doesn't.
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

    /// Revisions of MCP, in the order of their dates; a record's `revision` is a position in this list.
    package static let revisions = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]

    package let tenants: [String]
    /// The store's ids, in the order of `tenants`.
    package let tenantIDs: [Int64]
    /// The keys' prefixes.
    package let keys: [String]
    /// The store's ids, in the order of `keys`.
    package let keyIDs: [Int64]
    package let targets: [String]
    /// The settings for what is kept of calls, in the order of `targets`; a missing entry means that nothing is kept.
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
    /// The tables in which the records' `tenant`, `key` and `tool` are positions.
    package let names: CallNames
    package var records: [CallRecord] = []
    /// The table in which the records' texts are positions. Whoever fills it must bound it.
    package var texts: [String] = []
    /// Arguments and results of some of the records, one after the other.
    package var bytes: [UInt8] = []
    /// The ranges of these in `bytes`, in the order of their records.
    package var bodies: [CallBody] = []
    /// The number of refused calls that weren't recorded because there were too many.
    package var omitted = 0

    package init(names: CallNames) { self.names = names }
}

/// The place of one call's arguments and result, raw; what may be kept is derived from them later.
package struct CallBody: Sendable, BitwiseCopyable {
    /// A range of the batch's bytes; empty at first.
    package struct Piece: Sendable, BitwiseCopyable {
        package var start: Int32 = 0
        /// -1 for nothing.
        package var count: Int32 = -1
        /// Whether only the beginning was copied, which then isn't whole JSON.
        package var isCut = false

        package init() {}

        /// The range in the batch's bytes; nil for nothing.
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

/// A receiver of batches of ended calls, such as the writer of records or the export of traces.
package protocol CallBatchTaker: AnyObject, Sendable {
    /// Takes a batch, or drops it and counts that. Called on a loop: it must not wait.
    func take(_ batch: CallBatch)
}
