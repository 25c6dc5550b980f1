import Bytes
import Foundation
import JSON
import Testing

/// Mutated documents, compared with Foundation's parser where both follow the same rules.
struct JSONFuzzTests {
    private static let seeds = [
        #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a___b","arguments":{"x":[1,2.5e3,null]}}}"#,
        #"[{"é":"\u00e9\ud83d\ude00\n"},[[],{}],true,false,-0.5,"01234567\\"]"#,
        #"{"a":{"b":{"c":[[["deep"]]]}},"d":"😀 plain text that is longer than a word","e":1E+2}"#,
    ]
    private static let interesting =
        Array("\"\\{}[]:,0123456789.eE+-tfn u \t\n\u{0}".utf8) + [0x80, 0xC2, 0xE0, 0xED, 0xF4, 0xFF]

    @Test
    func `mutated documents never crash, and are valid exactly when Foundation says so`() {
        var random = SplitMix(state: 0x5EED)
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<Int(random.next() % 3) + (round % 7 == 0 ? 0 : 1) { mutate(&bytes, &random) }
            let ours = (try? JSON.validate(bytes.span)) != nil
            if ours { accepted += 1 }
            if let value = try? JSONValue(parsing: bytes.span) {
                #expect((try? JSONValue(parsing: value.text)) == value)
            }
            walk(bytes)
            // Foundation refuses lone surrogates, drops a byte order mark, stops at NUL and allows trailing
            // commas.
            guard round % 4 == 0, !bytes.contains(0), !hasSurrogateEscape(bytes), !hasTrailingComma(bytes),
                bytes.first != 0xEF
            else {
                continue
            }
            let data = Data(bytes)
            let theirs = (try? JSONSerialization.jsonObject(with: data, options: [.fragmentsAllowed])) != nil
            #expect(ours == theirs, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 1_000)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let at = Int(random.next() % UInt64(bytes.count))
        let byte = Self.interesting[Int(random.next() % UInt64(Self.interesting.count))]
        switch random.next() % 5 {
        case 0: bytes[at] = byte
        case 1: bytes.insert(byte, at: at)
        case 2: bytes.remove(at: at)
        case 3: bytes.removeSubrange(at..<min(bytes.count, at + Int(random.next() % 9)))
        default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + Int(random.next() % 9))], at: at)
        }
    }

    /// Calls every entry point with the same bytes, valid or not.
    private func walk(_ bytes: [UInt8]) {
        let whole = 0..<bytes.count
        try? JSON.forEachMember(bytes.span, of: whole) { member in
            _ = member.isNamed("params", in: bytes.span)
            _ = JSON.string(bytes.span, at: member.value)
            _ = JSON.int(bytes.span, at: member.value)
        }
        try? JSON.forEachElement(bytes.span, of: whole) { _ = JSON.kind(bytes.span, at: $0) }
        _ = JSON.member("method", of: whole, in: bytes.span)
        _ = JSON.string(bytes.span, at: whole)
        _ = JSON.int(bytes.span, at: whole)
    }

    private func hasSurrogateEscape(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        return text.contains("\\ud")
    }

    private func hasTrailingComma(_ bytes: [UInt8]) -> Bool {
        let dense = bytes.filter { ![9, 10, 13, 32].contains($0) }
        return zip(dense, dense.dropFirst()).contains { $0 == 0x2C && ($1 == 0x5D || $1 == 0x7D) }
    }
}

/// A small generator with a known start, so that a failing round can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
