import Bytes
package import Records
import Telemetry

// A record's figures in the form that people read, the same in both APIs.

extension RecordedCall {
    /// The call's own id, as its answer's `requestId` has it.
    package var id: String { record.id.uuid }

    /// Milliseconds since 1970.
    package var atMs: Int64 { record.startedAtUs / 1_000 }

    package var durationUs: Int { Int(record.endedUs) }

    /// How long the gateway waited for the function; nil if the function wasn't invoked.
    package var functionUs: Int? {
        record.attempts > 0 ? max(0, Int(record.answeredUs) - Int(record.sentUs)) : nil
    }

    /// The time that the gateway itself took, including the wait for a free place.
    package var gatewayUs: Int { max(0, durationUs - (functionUs ?? 0)) }

    /// The revision of MCP that the client spoke.
    package var revision: String? {
        let all = CallNames.revisions
        return all.indices.contains(Int(record.revision)) ? all[Int(record.revision)] : nil
    }

    /// nil when no price was known.
    package var costNanoUSD: Int64? { record.flags.contains(.hasNoCost) ? nil : record.costNanoUSD }

    /// A figure that Lambda reported of the call; nil if Lambda reported nothing.
    package func reported(_ figure: UInt32) -> Int? { record.flags.contains(.isReported) ? Int(figure) : nil }

    /// Whether the function had to be started for the call; nil when that isn't known.
    package var isColdStart: Bool? {
        record.flags.contains(.isColdStart) ? true : record.flags.contains(.isReported) ? false : nil
    }
}
