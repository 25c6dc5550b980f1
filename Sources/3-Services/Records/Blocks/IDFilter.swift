import Bytes
import Telemetry

/// Tells whether a block certainly doesn't have an id, or probably has it: so that looking for a trace reads few
/// blocks.
///
/// A Bloom filter of words: an id sets four bits of one word. Of the ids that a block doesn't have, about three in a
/// hundred seem to be in it. Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters"
struct IDFilter {
    /// For two ids of each record, twelve bits each.
    private static let bitsPerCall = 24

    private let words: [UInt64]

    /// What is stored: eight bytes for each word, the lowest first.
    init(_ bytes: [UInt8]) {
        var words: [UInt64] = []
        for start in stride(from: 0, to: bytes.count - bytes.count % 8, by: 8) {
            words.append(bytes.span.word(at: start))
        }
        self.words = words
    }

    /// The filter for the ids of traces, and of requests to Lambda, that aren't the call's own id.
    init(_ records: Span<CallRecord>) {
        var words = [UInt64](repeating: 0, count: records.count * Self.bitsPerCall / 64 + 1)
        var span = words.mutableSpan
        var isEmpty = true
        for index in records.indices {
            let own = records[index].id.low
            let (trace, request) = (records[index].traceID, records[index].lambdaRequestID)
            if trace.low != own, trace.high | trace.low != 0 {
                let (word, bits) = Self.place(trace, span.count)
                span[word] |= bits
                isEmpty = false
            }
            if request.low != own, request.high | request.low != 0 {
                let (word, bits) = Self.place(request, span.count)
                span[word] |= bits
                isEmpty = false
            }
        }
        self.words = isEmpty ? [] : words
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(atMost: words.count * 8) { out in
            for word in words { out.append(littleEndian: word) }
        }
        return bytes
    }

    func mayContain(_ id: ID128) -> Bool {
        if words.isEmpty { return false }
        let (word, bits) = Self.place(id, words.count)
        return words[word] & bits == bits
    }

    @inline(__always)
    private static func place(_ id: ID128, _ count: Int) -> (word: Int, bits: UInt64) {
        let hash = (id.high ^ id.low &>> 32 ^ id.low &<< 32) &* 0x9E37_79B9_7F4A_7C15
        let more = (hash ^ hash &>> 29) &* 0xBF58_476D_1CE4_E5B9
        let bits =
            1 &<< (more & 63) | 1 &<< (more &>> 6 & 63) | 1 &<< (more &>> 12 & 63) | 1 &<< (more &>> 18 & 63)
        return (Int(truncatingIfNeeded: ((more &>> 32) &* UInt64(count)) &>> 32), bits)
    }
}
