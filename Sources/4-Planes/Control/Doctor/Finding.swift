/// The result of one check of `doctor`.
package struct Finding: Sendable, Equatable {
    /// Statuses in the order in which a person should read them.
    package enum Status: String, Sendable, CaseIterable { case problem, warning, note, ok }

    /// What was checked: `config`, `store`, `target time`, ….
    package let check: String
    package let status: Status
    /// May hold texts of functions and of AWS, so it must be made safe before it is shown.
    package let message: String
    /// What to do next; empty when all is well.
    package let hint: String

    package init(_ status: Status, _ check: String, _ message: String, hint: String = "") {
        self.check = check
        self.status = status
        self.message = message
        self.hint = hint
    }
}

/// A running server's findings: those that need its own credentials, region and functions.
package struct Examination: Sendable, Equatable {
    /// The server's version.
    package let version: String
    /// Whether functions of target files run on its machine, as with `serve --local`.
    package let isLocal: Bool
    package let findings: [Finding]

    package init(version: String, isLocal: Bool, findings: [Finding]) {
        self.version = version
        self.isLocal = isLocal
        self.findings = findings
    }
}
