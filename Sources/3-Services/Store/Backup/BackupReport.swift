/// The contents of a copy of a store, and its faults.
package struct BackupReport: Sendable, Equatable {
    /// The number of rows of one kind that an operator would miss, such as tenants.
    package struct Count: Sendable, Equatable {
        package let name: String
        package let count: Int64
    }

    /// The copy's path as it was given.
    package internal(set) var file: String
    /// Whether the copy has that name: a copy with faults doesn't get it.
    package internal(set) var isThere = false
    package let bytes: Int64
    /// nil when the check didn't get that far.
    package internal(set) var schemaVersion: Int64?
    /// Empty when the check didn't get that far.
    package internal(set) var counts: [Count] = []
    /// nil when the check didn't get that far, or when the schema is older than the log's head.
    package internal(set) var audit: AuditVerification?
    /// The reasons not to restore the copy, at most 100; empty when there are none.
    package internal(set) var faults: [String] = []

    package static let faultsMax = 100

    /// The same report for a copy that is to get another name.
    func renamed(_ file: String) -> BackupReport {
        var report = self
        report.file = file
        report.isThere = false
        return report
    }
}
