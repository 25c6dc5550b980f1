package import Telemetry

/// What a running server knows of itself at one time, beyond what is in the store.
package struct ServerStatus: Sendable, Equatable {
    /// Something that stops being good at a known time.
    package struct Expiry: Sendable, Equatable {
        /// A setting, or the place where it was found: `tls.certificate`, `environment`.
        package let name: String
        /// Milliseconds since 1970.
        package let atMs: Int64

        package init(name: String, atMs: Int64) {
            self.name = name
            self.atMs = atMs
        }
    }

    /// The last reload of the settings.
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

    /// The host and process, as `host:pid`.
    package var name: String
    package var version: String
    package var startedAtMs: Int64
    /// Whether functions run on this machine.
    package var isLocal: Bool
    /// The address where agents connect; empty before the listener is open.
    package var agents = ""
    package var admin = ""
    package var lambda: String?
    /// Why /readyz answers with 503; nil when it doesn't.
    package var notReady: String?
    /// Why the store must not be written to; nil normally.
    package var storeFault: Fault?
    package var lastReload: Reload?
    /// Settings that wait for a restart.
    package var needsRestart: [String] = []
    package var certificates: [Expiry] = []
    package var credentials: Expiry?
    /// Roles of targets and tenants that can't be taken for calls.
    package var roles: [RoleStanding] = []
    /// How records of calls are written; nil when the settings keep no records.
    package var records: Records?
    /// Why the collector takes no spans; nil while it does, and when the settings name no collector.
    package var traces: Traces?
    /// [target's name] → its figures.
    package var calls: [String: CallFigures] = [:]

    /// The state of the writing of records of calls.
    package struct Records: Sendable, Equatable {
        /// Why nothing can be written; nil when it can.
        package let failing: String?
        package let failingSinceMs: Int64?
        /// How many records were not written since the start.
        package let dropped: Int
        package let lastDropMs: Int64?

        package init(failing: String?, failingSinceMs: Int64?, dropped: Int, lastDropMs: Int64?) {
            self.failing = failing
            self.failingSinceMs = failingSinceMs
            self.dropped = dropped
            self.lastDropMs = lastDropMs
        }
    }

    /// A collector that takes no spans.
    package struct Traces: Sendable, Equatable {
        package let failing: String
        package let sinceMs: Int64
        /// How many spans were not sent since the start.
        package let dropped: UInt64

        package init(failing: String, sinceMs: Int64, dropped: UInt64) {
            self.failing = failing
            self.sinceMs = sinceMs
            self.dropped = dropped
        }
    }

    /// What is wrong, and what to do about it.
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
