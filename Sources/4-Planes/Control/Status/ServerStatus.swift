package import Telemetry

/// What a running server knows of itself at one moment, beside what is in the store.
package struct ServerStatus: Sendable, Equatable {
    /// Something that stops being good at a known time.
    package struct Expiry: Sendable, Equatable {
        /// A setting, or where it was found: `tls.certificate`, `environment`.
        package let name: String
        /// Milliseconds since 1970.
        package let atMs: Int64

        package init(name: String, atMs: Int64) {
            self.name = name
            self.atMs = atMs
        }
    }

    /// The last time that the settings were read again.
    package struct Reload: Sendable, Equatable {
        package let atMs: Int64
        package let isGood: Bool
        package let text: String

        package init(atMs: Int64, isGood: Bool, text: String) {
            self.atMs = atMs
            self.isGood = isGood
            self.text = text
        }
    }

    /// Host and process.
    package var name: String
    package var version: String
    package var startedAtMs: Int64
    /// Whether functions run on this machine.
    package var isLocal: Bool
    /// Where agents, operators and local functions' callers connect; empty before a listener is open.
    package var agents = ""
    package var admin = ""
    package var lambda: String?
    /// Why /readyz is 503; nil when it isn't.
    package var notReady: String?
    /// Why nothing may be written into the store; nil when all is as it should be.
    package var storeFault: Fault?
    package var lastReload: Reload?
    /// Settings that wait for a restart.
    package var needsRestart: [String] = []
    package var certificates: [Expiry] = []
    package var credentials: Expiry?
    /// Roles of targets and tenants that calls can't be made with as they should.
    package var roles: [RoleStanding] = []
    /// How records of calls are written; nil when the settings want none.
    package var records: Records?
    /// Why the collector takes no spans; nil while it does, and when the settings name none.
    package var traces: Traces?
    /// By the targets' names.
    package var calls: [String: CallFigures] = [:]

    /// How the writing of records of calls goes.
    package struct Records: Sendable, Equatable {
        /// Why nothing can be written; nil when it can.
        package let failing: String?
        package let failingSinceMs: Int64?
        /// Records that were not written, since the start.
        package let dropped: Int
        package let lastDropMs: Int64?

        package init(failing: String?, failingSinceMs: Int64?, dropped: Int, lastDropMs: Int64?) {
            self.failing = failing
            self.failingSinceMs = failingSinceMs
            self.dropped = dropped
            self.lastDropMs = lastDropMs
        }
    }

    /// That the collector takes no spans.
    package struct Traces: Sendable, Equatable {
        package let failing: String
        package let sinceMs: Int64
        /// Spans that were not sent, since the start.
        package let dropped: UInt64

        package init(failing: String, sinceMs: Int64, dropped: UInt64) {
            self.failing = failing
            self.sinceMs = sinceMs
            self.dropped = dropped
        }
    }

    /// What is wrong, and what to do.
    package struct Fault: Sendable, Equatable {
        package let message: String
        package let hint: String

        package init(message: String, hint: String) {
            self.message = message
            self.hint = hint
        }
    }

    package init(name: String, version: String, startedAtMs: Int64, isLocal: Bool) {
        self.name = name
        self.version = version
        self.startedAtMs = startedAtMs
        self.isLocal = isLocal
    }
}
