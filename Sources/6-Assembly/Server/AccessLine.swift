import Bytes
import Calendar
import Telemetry

/// The log's line about one call. Texts from outside are unchanged: the writer of the line must make them harmless.
struct AccessLine {
    let values: [(String, String)]

    init(_ record: CallRecord, of batch: CallBatch) {
        let names = batch.names
        let tool = Self.element(record.tool, of: names.tools)
        let text = { (index: Int32) in Self.element(index, of: batch.texts) ?? "" }
        let upstreamUs =
            record.attempts > 0 && record.answeredUs > record.sentUs ? record.answeredUs - record.sentUs : 0
        let ownUs = record.endedUs > upstreamUs ? record.endedUs - upstreamUs : 0
        let outcome = CallOutcome(rawValue: Int(record.outcome)) ?? .badAnswer
        values = [
            ("at", dateAndTimeText(ms: record.startedAtUs / 1_000) + "Z"),
            ("tenant", Self.element(record.tenant, of: names.tenants) ?? ""),
            ("key", Self.element(record.key, of: names.keys) ?? ""), ("subject", text(record.subject)),
            ("target", tool.flatMap { Self.element($0.target, of: names.targets) } ?? ""),
            ("tool", tool?.exposedName ?? text(record.asked)), ("outcome", outcome.label),
            ("code", text(record.code)), ("own_us", "\(ownUs)"),
            ("upstream_ms", record.attempts > 0 ? Self.milliseconds(upstreamUs) : ""),
            ("bytes_in", "\(record.bytesIn)"), ("bytes_out", "\(record.bytesOut)"),
            ("request_id", record.id.isNone ? "" : record.id.uuid),
            ("lambda_request_id", record.lambdaRequestID.isNone ? "" : record.lambdaRequestID.uuid),
            ("trace_id", record.traceID.isNone ? "" : record.traceID.hex), ("client", text(record.client)),
        ]
    }

    private static func element<T>(_ index: Int32, of list: [T]) -> T? {
        list.indices.contains(Int(index)) ? list[Int(index)] : nil
    }

    /// `12.3`
    private static func milliseconds(_ us: UInt32) -> String { "\(us / 1_000).\(us % 1_000 / 100)" }
}
