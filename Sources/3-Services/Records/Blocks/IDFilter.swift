import Bytes
import Telemetry

/// Says of an id that a block doesn't have it, or that it probably does: so that looking for a trace reads few blocks.
///
/// A Bloom filter. About one id in a hundred that a block doesn't have is taken for one that it has.
struct IDFilter {
    /// Bits of each record: ten for each of two ids.
    private static let bitsPerCall = 20
    private static let probes = 5

    /// Empty when no record has an id.
    private(set) var bytes: [UInt8]

    /// What is stored.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Of the traces, and the requests to Lambda, that aren't named after the call itself.
    init(_ records: Span<CallRecord>) {
        bytes = Array(repeating: 0, count: (records.count * Self.bitsPerCall + 7) / 8)
        var isEmpty = true
        var bits = bytes.mutableSpan
        for index in records.indices {
            let own = records[index].id
            let (trace, request) = (records[index].traceID, records[index].lambdaRequestID)
            if !trace.isNone, trace != own {
                Self.add(trace, to: &bits)
                isEmpty = false
            }
            if !request.isNone, request != own {
                Self.add(request, to: &bits)
                isEmpty = false
            }
        }
        if isEmpty { bytes = [] }
    }

    @inline(__always)
    private static func add(_ id: ID128, to bits: inout MutableSpan<UInt8>) {
        var (place, step) = start(id)
        for _ in 0..<probes {
            let bit = bit(place, bits.count)
            bits[bit &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: bit & 7)
            place &+= step
        }
    }

    func mayContain(_ id: ID128) -> Bool {
        if bytes.isEmpty { return false }
        var (place, step) = Self.start(id)
        for _ in 0..<Self.probes {
            let bit = Self.bit(place, bytes.count)
            if bytes[bit &>> 3] & (1 &<< UInt8(bit & 7)) == 0 { return false }
            place &+= step
        }
        return true
    }

    /// Two hashes that all others are made of. Source: Kirsch and Mitzenmacher, "Less Hashing, Same Performance"
    @inline(__always)
    private static func start(_ id: ID128) -> (UInt64, UInt64) {
        let mixed = (id.high ^ id.low &>> 32 ^ id.low &<< 32) &* 0x9E37_79B9_7F4A_7C15
        return (mixed, (id.low ^ mixed &>> 29) &* 0xBF58_476D_1CE4_E5B9 | 1)
    }

    @inline(__always)
    private static func bit(_ hash: UInt64, _ byteCount: Int) -> Int {
        Int((hash &>> 32) &* UInt64(byteCount &* 8) &>> 32)
    }
}
