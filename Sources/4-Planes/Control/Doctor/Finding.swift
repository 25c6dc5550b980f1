/// One thing that `doctor` looked at.
package struct Finding: Sendable, Equatable {
    /// In the order in which a person should read them.
    package enum Status: String, Sendable, CaseIterable { case problem, warning, note, ok }

    /// What was looked at: `config`, `store`, `target time`, ….
    package let check: String
    package let status: Status
    /// Texts of functions and of AWS may be in it, so it isn't safe to show yet.
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

/// What a running server found: of what it alone can ask, with its own credentials, region and functions.
package struct Examination: Sendable, Equatable {
    /// The server's.
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
