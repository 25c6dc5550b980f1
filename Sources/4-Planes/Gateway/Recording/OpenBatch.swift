import Bytes
import Telemetry

/// A batch that is being filled, of calls that began with states of the same names. One loop's thread only.
final class OpenBatch {
    /// Of arguments and results, after which the batch is full.
    static let bytesMax = 256 << 10
    static let recordsMax = 256

    private(set) var names: CallNames
    private var batch: CallBatch
    private var texts = BatchTexts()
    /// What is to be the batch's bytes.
    private var bytes = ByteBuffer()
    /// How many records and bytes the last batch had: as much room the next one begins with.
    private var usual = (records: 0, bytes: 0)

    init(names: CallNames) {
        self.names = names
        batch = CallBatch(names: names)
    }

    var isEmpty: Bool { batch.records.isEmpty }
    var isFull: Bool { batch.records.count >= Self.recordsMax || bytes.count >= Self.bytesMax }

    /// The position of the text made from these bytes; nil when it isn't there yet.
    func find(_ kind: BatchTexts.Kind, _ raw: Span<UInt8>) -> Int32? { texts.find(kind, raw) }

    /// Keeps a text; its position, or -1 when there is none.
    func add(_ kind: BatchTexts.Kind, _ raw: Span<UInt8>, _ text: String) -> Int32 {
        texts.add(kind, raw, text)
    }

    /// The position of one of the gateway's own words.
    func word(_ kind: BatchTexts.Kind, _ word: String) -> Int32 {
        let key = word.utf8.span
        return texts.find(kind, key) ?? texts.add(kind, key, word)
    }

    func append(_ record: CallRecord) {
        if batch.records.isEmpty {
            batch.records.reserveCapacity(min(Self.recordsMax, max(4, usual.records)))
        }
        batch.records.append(record)
    }

    /// Copies the arguments of the last record's call, at most so many bytes.
    func copyArguments(_ bytes: Span<UInt8>, max: Int) {
        let piece = copy(bytes, max: max)
        withBody { $0.arguments = piece }
    }

    /// The same of its result.
    func copyResult(_ bytes: Span<UInt8>, max: Int) {
        let piece = copy(bytes, max: max)
        withBody { $0.result = piece }
    }

    /// The last record's call was sent without arguments.
    func noteNoArguments() { withBody { _ in } }

    private func withBody(_ change: (inout CallBody) -> Void) {
        let record = Int32(truncatingIfNeeded: batch.records.count - 1)
        if batch.bodies.isEmpty { batch.bodies.reserveCapacity(min(Self.recordsMax, max(4, usual.records))) }
        if batch.bodies.last?.record != record { batch.bodies.append(CallBody(record: record)) }
        change(&batch.bodies[batch.bodies.count - 1])
    }

    private func copy(_ from: Span<UInt8>, max: Int) -> CallBody.Piece {
        if bytes.count == 0 { bytes = ByteBuffer(capacity: usual.bytes + 1_024) }
        var piece = CallBody.Piece()
        let count = min(from.count, max)
        piece.start = Int32(truncatingIfNeeded: bytes.count)
        piece.count = Int32(truncatingIfNeeded: count)
        piece.isCut = count < from.count
        bytes.append(from.extracting(0..<count))
        return piece
    }

    /// The batch as far as it is filled; from now on another is, of these names.
    func take(next names: CallNames) -> CallBatch {
        var taken = CallBatch(names: names)
        swap(&taken, &batch)
        self.names = names
        usual = (taken.records.count, bytes.count)
        taken.texts = texts.take()
        taken.bytes = bytes.bytes
        bytes = ByteBuffer()
        return taken
    }
}
