import Bytes
import EventLoop
import Gateway
import HTTP
import Policy
import Telemetry
import TestSupport

/// One call from its record, with the names that the record refers to.
struct KeptCall: Sendable {
    let record: CallRecord
    let tenant: String
    let key: String?
    /// `target/tool`, by the target's own name.
    let tool: String?
    let subject, client, asked, version, code: String?
    let outcome: CallOutcome
    /// The copied parts of its arguments and its result.
    var arguments, result: String?
    var argumentsAreCut = false
    /// Whether anything was noted of its arguments.
    var hasBody = false

    init(_ record: CallRecord, _ batch: CallBatch) {
        func text(_ position: Int32) -> String? { position < 0 ? nil : batch.texts[Int(position)] }
        self.record = record
        let names = batch.names
        tenant = names.tenants[Int(record.tenant)]
        key = record.key < 0 ? nil : names.keys[Int(record.key)]
        let entry = record.tool < 0 ? nil : names.tools[Int(record.tool)]
        tool = entry.map { "\(names.targets[Int($0.target)])/\($0.name)" }
        subject = text(record.subject)
        client = text(record.client)
        asked = text(record.asked)
        version = text(record.executedVersion)
        code = text(record.code)
        outcome = CallOutcome(rawValue: Int(record.outcome)) ?? .badAnswer
    }
}

/// Remembers the batches that a recorder hands over.
final class KeptCalls: CallBatchTaker, @unchecked Sendable {  // one loop's thread only
    private(set) var batches: [CallBatch] = []
    private var waiting: CheckedContinuation<Void, Never>?

    func take(_ batch: CallBatch) {
        batches.append(batch)
        waiting?.resume()
        waiting = nil
    }

    /// Returns when the next batch has been handed over.
    func next() async { await withCheckedContinuation { waiting = $0 } }

    /// The calls of all batches.
    var calls: [KeptCall] {
        batches.flatMap { batch in
            var calls = batch.records.map { KeptCall($0, batch) }
            func text(_ piece: CallBody.Piece) -> String? {
                piece.range.map { String(decoding: batch.bytes[$0], as: UTF8.self) }
            }
            for body in batch.bodies {
                let index = Int(body.record)
                calls[index].hasBody = true
                calls[index].arguments = text(body.arguments)
                calls[index].result = text(body.result)
                calls[index].argumentsAreCut = body.arguments.isCut
            }
            return calls
        }
    }
}

/// An endpoint whose calls are recorded.
struct RecordedAgents: Sendable {
    let agents: Agents
    let kept: KeptCalls
    let recorder: LoopBound<CallRecorder>
    let authority: FakeAuthority

    /// All calls that have ended.
    var calls: [KeptCall] {
        recorder.value.handOver()
        return kept.calls
    }
}

func withRecords(
    _ snapshot: Snapshot = Sample.snapshot(),
    settings: CallRecorder.Settings = CallRecorder.Settings(),
    _ body: @escaping @Sendable (RecordedAgents) async throws -> Void
) async throws {
    try await withLoop { loop in
        let kept = KeptCalls()
        let recorder = CallRecorder(on: loop, for: kept, settings)
        let authority = FakeAuthority()
        let agents = Agents(loop, snapshot, tokens: authority, recorder: recorder)
        let held = LoopBound(recorder, on: loop)
        try await body(RecordedAgents(agents: agents, kept: kept, recorder: held, authority: authority))
    }
}

extension Ask {
    /// Several messages in one array.
    static func batch(_ messages: [String]) -> Ask { .post("[" + messages.joined(separator: ",") + "]") }
}
