import Bytes
import Telemetry

/// A batch that is being filled with calls that began with states of the same names. One loop's thread only.
final class OpenBatch {
    /// The bytes of arguments and results at which the batch is full.
    static let bytesMax = 256 << 10
    static let recordsMax = 256
    /// How many calls of a batch have the shape of their arguments taken in any case.
    static let shapesMax = 8

    private(set) var names: CallNames
    private var batch: CallBatch
    private var texts = BatchTexts()
    /// The bytes of the batch, so far.
    private var bytes = ByteBuffer()
    /// The shapes taken so far: how many, and which of 128 groups of tools and tenants have one.
    private var shapes = (count: 0, low: UInt64(0), high: UInt64(0))
    /// How many records and bytes the last batch had; the next one begins with about that much room.
    private var usual = (records: 0, bytes: 0)

    init(names: CallNames) {
        self.names = names
        batch = CallBatch(names: names)
    }

    var isEmpty: Bool { batch.records.isEmpty && batch.omitted == 0 }
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

    /// Counts a call that isn't recorded.
    func omit() { batch.omitted += 1 }

    func append(_ record: CallRecord) {
        if batch.records.isEmpty {
            batch.records.reserveCapacity(min(Self.recordsMax, 4 + usual.records * 5 / 4))
        }
        batch.records.append(record)
    }

    /// Whether to take the shape of a call's arguments: for a batch's first calls, and then once for each tool and
    /// tenant, or for a few of those together. A busy gateway thus takes some of its calls' shapes, and a quiet one all
    /// of them.
    func takesShape(tenant: Int32, tool: Int32) -> Bool {
        let pair = UInt32(bitPattern: tenant &* 31 &+ tool)
        let bit = UInt64(1) << UInt64(pair & 63)
        let isHigh = pair & 64 != 0
        let isNew = (isHigh ? shapes.high : shapes.low) & bit == 0
        guard isNew || shapes.count < Self.shapesMax else { return false }
        shapes.count += 1
        if isHigh { shapes.high |= bit } else { shapes.low |= bit }
        return true
    }

    /// Copies the arguments of the last record's call, at most `max` bytes.
    func copyArguments(_ bytes: Span<UInt8>, max: Int) {
        let piece = copy(bytes, max: max)
        withBody { $0.arguments = piece }
    }

    /// Copies the result of the last record's call, at most `max` bytes.
    func copyResult(_ bytes: Span<UInt8>, max: Int) {
        let piece = copy(bytes, max: max)
        withBody { $0.result = piece }
    }

    /// Notes that the last record's call was sent without arguments.
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

    /// Returns the batch as far as it is filled, and starts another one with these names.
    func take(next names: CallNames) -> CallBatch {
        var taken = CallBatch(names: names)
        swap(&taken, &batch)
        self.names = names
        shapes = (0, 0, 0)
        usual = (taken.records.count, bytes.count)
        taken.texts = texts.take()
        taken.bytes = bytes.bytes
        bytes = ByteBuffer()
        return taken
    }
}
