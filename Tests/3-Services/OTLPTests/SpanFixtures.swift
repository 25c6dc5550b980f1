import Bytes
import OTLP
import Telemetry

/// One tenant, one target, two tools, and calls to them.
enum Fixtures {
    static let names = CallNames(
        tenants: ["acme", "globex"],
        tenantIDs: [1, 2],
        keys: ["abcd"],
        keyIDs: [1],
        targets: ["crm"],
        tools: [
            CallNames.Tool(
                target: 0,
                name: "find",
                exposedName: "crm___find",
                sha256: .none,
                function: "arn:aws:lambda:eu-central-1:123456789012:function:crm-tools:live"
            ),
            CallNames.Tool(
                target: 0,
                name: "delete",
                exposedName: "crm___delete",
                sha256: .none,
                function: "crm-tools",
                region: "us-west-2"
            ),
        ]
    )

    /// A successful, sampled call: 10 µs to find its tool, 4 for its limits, 500 for its function.
    static func call(_ change: (inout CallRecord) -> Void = { _ in }) -> CallRecord {
        var record = CallRecord()
        record.id = ID128(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)
        record.startedAtUs = 1_796_000_000_000_000
        record.tenant = 0
        record.key = 0
        record.tool = 0
        record.outcome = UInt8(CallOutcome.ok.rawValue)
        record.revision = 3
        record.attempts = 1
        record.resolvedUs = 10
        record.authorizedUs = 14
        record.sentUs = 20
        record.answeredUs = 520
        record.endedUs = 530
        record.bytesIn = 200
        record.bytesOut = 300
        record.traceID = ID128(high: 0xAAAA_AAAA_AAAA_AAAA, low: 0xBBBB_BBBB_BBBB_BBBB)
        record.spanID = 0x1111_1111_1111_1111
        record.parentSpanID = 0x2222_2222_2222_2222
        record.flags = .isSampled
        change(&record)
        return record
    }

    static func batch(_ records: [CallRecord], texts: [String] = []) -> CallBatch {
        var batch = CallBatch(names: names)
        batch.records = records
        batch.texts = texts
        return batch
    }

    static func spans(_ record: CallRecord, texts: [String] = [], region: String? = nil) -> [Span] {
        var spans: [Span] = []
        CallSpans(defaultRegion: region).append(record, of: batch([record], texts: texts), to: &spans)
        return spans
    }
}

extension Span {
    subscript(_ key: String) -> Value? { attributes.first { $0.key == key }?.value }
}
