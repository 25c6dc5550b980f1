package import Bytes
package import Telemetry

/// A call as it is found in the records, with its names.
package struct RecordedCall: Sendable {
    /// Its names are numbers of its file's tables; use the texts below.
    package var record: CallRecord
    package var tenant: String
    /// The store's id of the tenant; 0 for none.
    package var tenantID: Int64 = 0
    /// The key's prefix; nil for a token.
    package var key: String?
    package var subject: String?
    /// nil for a tool that wasn't there.
    package var target: String?
    /// The target's own name for the tool; nil for one that wasn't there.
    package var tool: String?
    /// What the agent called it.
    package var exposedName: String
    /// The client's name and version.
    package var client: String?
    package var executedVersion: String?
    /// The machine-readable word for what went wrong.
    package var code: String?
    /// The shape of its arguments, as `ArgumentShape` writes it.
    package var shape: String?
    /// The hash of the tool's definition at that time.
    package var definitionSHA256: Digest?
    /// JSON, as far as the target allows it to be kept.
    package var arguments: String?
    package var result: String?

    package init(record: CallRecord, tenant: String, exposedName: String) {
        self.record = record
        self.tenant = tenant
        self.exposedName = exposedName
    }

    package var outcome: CallOutcome { CallOutcome(rawValue: Int(record.outcome)) ?? .badAnswer }
}
