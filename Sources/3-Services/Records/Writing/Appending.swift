import Bytes
import Policy
import Telemetry

/// Replaces a batch's numbers for names with those of a file.
struct Appending {
    private static let shapeBytesMax = 8_192

    let keeper: any BodyKeeper
    /// The number of the first of `records`.
    let first: Int64

    /// Appends a share's records to those of a file, and what is kept of their bodies.
    func append(
        _ share: BatchShare,
        _ records: inout [CallRecord],
        _ bodies: inout [(id: Int64, body: KeptBody)],
        _ names: inout FileNames,
        _ numbers: inout NameNumbers
    ) {
        let batch = share.batch
        var texts = BatchTexts(batch.texts)
        var body = 0
        for index in 0..<share.count {
            let position = share.positions?[index] ?? index
            while body < batch.bodies.count, Int(batch.bodies[body].record) < position { body += 1 }
            records.append(batch.records[position])
            let last = records.count - 1
            let tool = records[last].tool
            Self.number(&records[last], &names, &numbers, &texts)
            if body < batch.bodies.count, Int(batch.bodies[body].record) == position {
                var kept = keep(batch, batch.bodies[body], tool, numbers.names)
                if let shape = kept.shape {
                    records[last].shape = names.text(shape, bytesMax: Self.shapeBytesMax)
                    kept.shape = nil
                }
                if kept != KeptBody() { bodies.append((first + Int64(last), kept)) }
            }
        }
    }

    @inline(__always)
    private static func number(
        _ record: inout CallRecord,
        _ names: inout FileNames,
        _ numbers: inout NameNumbers,
        _ texts: inout BatchTexts
    ) {
        record.key = numbers.caller(tenant: record.tenant, key: record.key, &names)
        record.tool = numbers.tool(record.tool, &names) ?? texts.askedTool(record.asked, &names)
        record.code = texts.ending(outcome: record.outcome, code: record.code, &names)
        record.subject = texts.number(record.subject, &names)
        record.client = texts.number(record.client, &names, isClients: true)
        record.executedVersion = texts.number(record.executedVersion, &names)
        record.shape = texts.number(record.shape, &names, bytesMax: shapeBytesMax)
    }

    private func keep(_ batch: CallBatch, _ body: CallBody, _ position: Int32, _ names: CallNames) -> KeptBody
    {
        let tool = names.tools.indices.contains(Int(position)) ? names.tools[Int(position)] : nil
        let target = tool.map { Int($0.target) } ?? -1
        return keeper.keep(
            arguments: Self.bytes(of: body.arguments, in: batch),
            argumentsAreCut: body.arguments.isCut,
            result: Self.bytes(of: body.result, in: batch),
            resultIsCut: body.result.isCut,
            tool: tool,
            target: names.targets.indices.contains(target) ? names.targets[target] : nil,
            recording: names.recordings.indices.contains(target)
                ? names.recordings[target] : RecordingSettings()
        )
    }

    private static func bytes(of piece: CallBody.Piece, in batch: CallBatch) -> ArraySlice<UInt8>? {
        piece.range.flatMap { batch.bytes.indices.contains($0) ? batch.bytes[$0] : nil }
    }
}
