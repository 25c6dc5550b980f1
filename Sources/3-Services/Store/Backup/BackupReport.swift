/// What is in a copy of a store, and whether it is whole.
package struct BackupReport: Sendable, Equatable {
    /// How many rows there are of what an operator would miss.
    package struct Count: Sendable, Equatable {
        package let name: String
        package let count: Int64
    }

    /// Its path as it was given.
    package internal(set) var file: String
    /// Whether it has that name: a copy with faults doesn't get it.
    package internal(set) var isThere = false
    package let bytes: Int64
    /// nil when it wasn't come to.
    package internal(set) var schemaVersion: Int64?
    /// Empty when the copy can't be read so far.
    package internal(set) var counts: [Count] = []
    /// nil when it wasn't come to, or when the schema is older than the log's head.
    package internal(set) var audit: AuditVerification?
    /// Why it isn't to be restored, at most 100; empty when all is well.
    package internal(set) var faults: [String] = []

    package static let faultsMax = 100

    /// The same of a copy that gets another name.
    func renamed(_ file: String) -> BackupReport {
        var report = self
        report.file = file
        report.isThere = false
        return report
    }
}
