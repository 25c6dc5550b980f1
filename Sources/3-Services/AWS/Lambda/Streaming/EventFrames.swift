import Bytes

/// Cuts AWS's event stream into its messages as the bytes come. Both checksums of a message are checked before anything of
/// it is used.
///
/// A message: total length, length of the headers, CRC-32 of these eight bytes; headers; payload; CRC-32 of all before it.
/// Numbers are big-endian. Linear in the bytes, however they are cut.
/// Source: Amazon Event Stream encoding (smithy.io, "Event Stream specification"; botocore's eventstream.py)
struct EventFrames: Sendable {
    /// One message.
    struct Frame: Equatable {
        var messageType = ""
        /// The kind of an event, of an exception, or the code of an error.
        var name = ""
        /// The text of an error.
        var text = ""
        var payload: [UInt8] = []
    }

    /// Why the stream isn't one of AWS's.
    enum Fault: Error, Equatable {
        case badPreludeChecksum, badChecksum
        /// A length that no message has: the bytes, as stated.
        case badLength(Int)
        case badHeaders

        var description: String {
            switch self {
            case .badPreludeChecksum: "the checksum of a message's beginning is wrong"
            case .badChecksum: "the checksum of a message is wrong"
            case .badLength(let length): "a message claims a length of \(length) bytes"
            case .badHeaders: "a message's headers can't be read"
            }
        }
    }

    /// What every message has: the three numbers in front and the checksum behind.
    private static let frameBytes = 16
    private static let preludeBytes = 12
    /// The specification's bounds.
    private static let headersBytesMax = 128 << 10
    private static let payloadBytesMax = 16 << 20

    private var held = ByteBuffer()
    /// Where the next message begins in `held`.
    private var start = 0
    /// The length of that message, once its beginning is checked; 0 before.
    private var total = 0

    init() {}

    /// Bytes that wait for the rest of their message.
    var heldBytes: Int { held.count - start }

    /// Takes the next bytes.
    mutating func append(_ bytes: Span<UInt8>) {
        if start == held.count {
            held.bytes.removeAll(keepingCapacity: held.bytes.capacity <= 1 << 16)
            start = 0
        } else if start > 1 << 16, start > held.count / 2 {
            held.bytes.removeFirst(start)
            start = 0
        }
        held.append(bytes)
    }

    /// The next message that is there as a whole; nil when there is none yet.
    mutating func next() throws(Fault) -> Frame? {
        if total == 0 {
            guard heldBytes >= Self.preludeBytes else { return nil }
            total = try checkedLength()
        }
        guard heldBytes >= total else { return nil }
        let range = start..<start + total
        start = range.upperBound
        total = 0
        return try read(range)
    }

    private func checkedLength() throws(Fault) -> Int {
        let bytes = held.bytes.span
        let sum = CRC32.of(bytes.extracting(start..<start + 8))
        guard sum == Self.number(bytes, start + 8) else { throw .badPreludeChecksum }
        let length = Int(Self.number(bytes, start))
        let headers = Int(Self.number(bytes, start + 4))
        guard headers <= Self.headersBytesMax, length >= Self.frameBytes + headers,
            length <= Self.frameBytes + headers + Self.payloadBytesMax
        else { throw .badLength(length) }
        return length
    }

    private func read(_ range: Range<Int>) throws(Fault) -> Frame {
        let bytes = held.bytes.span
        let end = range.upperBound - 4
        guard CRC32.of(bytes.extracting(range.lowerBound..<end)) == Self.number(bytes, end) else {
            throw .badChecksum
        }
        let headersEnd = range.lowerBound + Self.preludeBytes + Int(Self.number(bytes, range.lowerBound + 4))
        var frame = Frame()
        try Self.readHeaders(bytes, range.lowerBound + Self.preludeBytes..<headersEnd, into: &frame)
        var payload = ByteBuffer(capacity: end - headersEnd)
        payload.append(bytes.extracting(headersEnd..<end))
        frame.payload = payload.bytes
        return frame
    }

    /// Reads the headers that say what a message is; the others are skipped.
    private static func readHeaders(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        into frame: inout Frame
    ) throws(Fault) {
        var at = range.lowerBound
        while at < range.upperBound {
            let nameEnd = at + 1 + Int(bytes[at])
            guard nameEnd > at + 1, nameEnd < range.upperBound else { throw .badHeaders }
            let name = at + 1..<nameEnd
            let value = try Self.value(bytes, nameEnd, range.upperBound)
            at = value.upperBound
            guard bytes[nameEnd] == textType else { continue }
            if bytes.equals(name, ":message-type") {
                frame.messageType = bytes.text(value)
            } else if bytes.equals(name, ":event-type") || bytes.equals(name, ":exception-type")
                || bytes.equals(name, ":error-code")
            {
                frame.name = bytes.text(value)
            } else if bytes.equals(name, ":error-message") {
                frame.text = bytes.text(value)
            }
        }
    }

    private static let textType: UInt8 = 7

    /// The range of a value whose type stands at `type`.
    private static func value(_ bytes: Span<UInt8>, _ type: Int, _ end: Int) throws(Fault) -> Range<Int> {
        var from = type + 1
        let count: Int
        switch bytes[type] {
        case 0, 1: count = 0
        case 2: count = 1
        case 3: count = 2
        case 4: count = 4
        case 5, 8: count = 8
        case 9: count = 16
        case 6, textType:
            guard from + 2 <= end else { throw .badHeaders }
            count = Int(bytes[from]) << 8 | Int(bytes[from + 1])
            from += 2
        default: throw .badHeaders
        }
        guard from + count <= end else { throw .badHeaders }
        return from..<from + count
    }

    private static func number(_ bytes: Span<UInt8>, _ at: Int) -> UInt32 {
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
            | UInt32(bytes[at + 3])
    }
}
