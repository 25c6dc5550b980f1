import Bytes
package import Records
import Telemetry

// What a record's figures mean to people, the same in both APIs.

extension RecordedCall {
    /// The call's own id, as its answer's `requestId` has it.
    package var id: String { record.id.uuid }

    /// Milliseconds since 1970.
    package var atMs: Int64 { record.startedAtUs / 1_000 }

    package var durationUs: Int { Int(record.endedUs) }

    /// How long the function was waited for; nil for one that wasn't asked.
    package var functionUs: Int? {
        record.attempts > 0 ? max(0, Int(record.answeredUs) - Int(record.sentUs)) : nil
    }

    /// What the gateway itself took, waiting for a free place included.
    package var gatewayUs: Int { max(0, durationUs - (functionUs ?? 0)) }

    /// The revision of MCP that the client spoke.
    package var revision: String? {
        let all = CallNames.revisions
        return all.indices.contains(Int(record.revision)) ? all[Int(record.revision)] : nil
    }

    /// nil when no price was to be had.
    package var costNanoUSD: Int64? { record.flags.contains(.hasNoCost) ? nil : record.costNanoUSD }

    /// What Lambda reported of the call; nil where it reported nothing.
    package func reported(_ figure: UInt32) -> Int? { record.flags.contains(.isReported) ? Int(figure) : nil }

    /// nil where nothing is known: the function may have been there or not.
    package var isColdStart: Bool? {
        record.flags.contains(.isColdStart) ? true : record.flags.contains(.isReported) ? false : nil
    }
}
