import Bytes
import Crypto
import Records
package import Telemetry

/// A call that a test wants to find in the records.
package struct TestCall: Sendable {
    /// Distinguishes calls of the same time, and is the end of their ids.
    package var number: Int
    package var atMs: Int64
    package var tenant = "acme"
    package var tenantID: Int64 = 1
    package var key: String? = "3k9x0v2a"
    package var subject: String?
    /// nil for a call of an unknown tool.
    package var target: String? = "crm"
    package var ownName = "delete_customer"
    /// The name that the agent called.
    package var tool = "crm___delete_customer"
    package var client = "claude 1.0"
    package var outcome = CallOutcome.ok
    package var code: String?
    package var durationUs: UInt32 = 12_300
    package var trace: UInt64 = 0
    /// Recorded unchanged, and hashed.
    package var arguments: String?
    package var result: String?

    package init(_ number: Int, atMs: Int64) {
        self.number = number
        self.atMs = atMs
    }

    package var id: String { bits.uuid }
    /// Lambda's id of the request.
    package var lambdaRequestID: String { lambdaBits.uuid }
    package var traceID: String { ID128(high: 7, low: trace).hex }

    private var bits: ID128 {
        ID128(high: UInt64(atMs) << 16 | 0x7000, low: 1 << 63 | UInt64(number))
    }

    private var lambdaBits: ID128 { ID128(high: 0xABCD, low: UInt64(number) + 1) }

    fileprivate var batch: CallBatch {
        var batch = CallBatch(
            names: CallNames(
                tenants: [tenant],
                tenantIDs: [tenantID],
                keys: key.map { [$0] } ?? [],
                keyIDs: key == nil ? [] : [1],
                targets: target.map { [$0] } ?? [],
                tools: target == nil
                    ? [] : [.init(target: 0, name: ownName, exposedName: tool, sha256: SHA256.hash(ownName))]
            )
        )
        func text(_ text: String?) -> Int32 {
            guard let text else { return -1 }
            batch.texts.append(text)
            return Int32(batch.texts.count - 1)
        }
        var record = CallRecord()
        (record.id, record.startedAtUs) = (bits, atMs * 1_000)
        (record.tenant, record.key, record.tool) = (0, key == nil ? -1 : 0, target == nil ? -1 : 0)
        (record.subject, record.client, record.code) = (text(subject), text(client), text(code))
        record.asked = target == nil ? text(tool) : -1
        record.executedVersion = text("7")
        (record.outcome, record.revision) = (UInt8(outcome.rawValue), 3)
        record.attempts = target == nil ? 0 : 1
        (record.sentUs, record.answeredUs, record.endedUs) = (100, durationUs - 200, durationUs)
        (record.bytesIn, record.bytesOut) = (210, 430)
        record.lambdaRequestID = lambdaBits
        record.traceID = ID128(high: 7, low: trace)
        record.flags = .isReported
        (record.billedMs, record.memorySizeMB, record.memoryUsedMB) = (12, 256, 90)
        record.costNanoUSD = 252
        record.argumentsSHA256 = arguments.map { SHA256.hash($0) } ?? .none
        record.resultSHA256 = result.map { SHA256.hash($0) } ?? .none
        batch.records = [record]
        return batch
    }
}

/// Writes the calls into the files of a folder of records, in this order.
package func record(_ calls: [TestCall], into folder: String) throws {
    let nowMs = calls.map { $0.atMs }.max() ?? 0
    let writer = RecordWriter(
        RecordSettings(directory: folder),
        clock: RecordClock(nowMs: { nowMs }, steadyMs: { 0 }),
        log: { _ in }
    )
    try writer.start()
    defer { writer.stop() }
    for call in calls { writer.take(call.batch) }
    writer.flush()
}
