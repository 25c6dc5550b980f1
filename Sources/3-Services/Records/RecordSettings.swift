/// Where records are kept, and how many.
package struct RecordSettings: Sendable, Equatable {
    package var directory: String
    /// How many days are kept, 1...400; files of earlier days are removed.
    package var keepDays = 30
    /// The most bytes of all files together, at least 1 MiB: the oldest days are removed first. When the present day
    /// alone takes more, its further records are dropped.
    package var bytesMax: Int64 = 4 << 30
    /// Records that may wait to be written.
    package var queueMax = 65_536

    package init(directory: String) { self.directory = directory }
}

/// Something about the records that an operator should know, for the log.
package struct RecordEvent: Sendable {
    package let isError: Bool
    /// Always the same text for the same kind of event; details are in the fields.
    package let message: String
    package let fields: [(String, String)]

    init(_ message: String, _ fields: [(String, String)] = [], isError: Bool = true) {
        self.message = message
        self.fields = fields
        self.isError = isError
    }
}

/// Figures about the writing of records.
package struct RecordFigures: Sendable, Equatable {
    /// Records that wait to be written now.
    package var queued = 0
    package var queueMax = 0
    /// Records written since the start.
    package var written = 0
    /// Dropped, as too many waited already: the disk doesn't keep up, or can't be written.
    package var droppedQueueFull = 0
    /// Dropped, as the files of the present day alone take all of `bytes_max`.
    package var droppedBytesMax = 0
    /// Dropped, as no file of their day could be used.
    package var droppedUnusable = 0
    /// Refused calls that weren't recorded, as their tenants sent too many of them in a second.
    package var omittedRefused = 0
    /// Arguments and results that were not kept, as too many waited; their records were.
    package var bodiesDropped = 0
    /// Record files in the folder, and what they take.
    package var files = 0
    package var bytes: Int64 = 0
    /// Milliseconds since 1970; nil before the first one.
    package var lastWriteMs: Int64?
    /// Why records can't be written at present, as the log has it; nil when they can.
    package var failing: String?
    /// Since when records can't be written; milliseconds since 1970.
    package var failingSinceMs: Int64?
    /// When records were dropped last; milliseconds since 1970.
    package var lastDropMs: Int64?

    package init() {}

    package var dropped: Int { droppedQueueFull + droppedBytesMax + droppedUnusable }
}
