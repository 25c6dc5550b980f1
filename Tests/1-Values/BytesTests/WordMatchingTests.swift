import Bytes
import Testing

/// The word-wise comparisons against the plain ones, at every length and alignment.
struct WordMatchingTests {
    /// One literal of each length from 0 to 34, so that every mix of whole and overlapping words occurs.
    private static let literals: [StaticString] = [
        "", "a", "ab", "a-c", "a-cd", "a-cde", "a-cdef", "a-cdefg", "a-cdefgh", "a-cdefghi", "a-cdefghij",
        "a-cdefghijk", "a-cdefghijkl", "a-cdefghijklm", "a-cdefghijklmn", "a-cdefghijklmno",
        "a-cdefghijklmnop",
        "a-cdefghijklmnopq", "a-cdefghijklmnopqr", "a-cdefghijklmnopqrs", "a-cdefghijklmnopqrst",
        "a-cdefghijklmnopqrstu", "a-cdefghijklmnopqrstuv", "a-cdefghijklmnopqrstuvw",
        "a-cdefghijklmnopqrstuvwx", "a-cdefghijklmnopqrstuvwxy", "a-cdefghijklmnopqrstuvwxyz",
        "a-cdefghijklmnopqrstuvwxyz{", "a-cdefghijklmnopqrstuvwxyz{@", "a-cdefghijklmnopqrstuvwxyz{@[",
        "a-cdefghijklmnopqrstuvwxyz{@[`", "a-cdefghijklmnopqrstuvwxyz{@[`0",
        "a-cdefghijklmnopqrstuvwxyz{@[`09", "a-cdefghijklmnopqrstuvwxyz{@[`09_",
        "a-cdefghijklmnopqrstuvwxyz{@[`09_~",
    ]

    private static func bytes(of literal: StaticString) -> [UInt8] { Array("\(literal)".utf8) }

    private static func isFolded(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { ($0 &- 65 < 26 ? $0 | 0x20 : $0) == $1 }
    }

    @Test func `a literal matches at every alignment, and not at any other length`() {
        var mistakes: [String] = []
        for literal in Self.literals {
            let text = Self.bytes(of: literal)
            for before in 0..<9 {
                let bytes = [UInt8](repeating: 0x61, count: before) + text + [0x61, 0x61]
                let range = before..<before + text.count
                let longer = before..<before + text.count + 1
                let isFound =
                    bytes.span.equals(range, literal) && bytes.span.equalsIgnoringCase(range, literal)
                    && bytes.span.equals(range, text.span)
                let isFoundLonger =
                    bytes.span.equals(longer, literal) || bytes.span.equalsIgnoringCase(longer, literal)
                    || bytes.span.equals(longer, text.span)
                if !isFound || isFoundLonger { mistakes.append("\(literal) at \(before)") }
            }
        }
        #expect(mistakes == [])
    }

    @Test func `every byte at every place counts, as in the plain comparison`() {
        var mistakes: [String] = []
        for literal in Self.literals {
            let text = Self.bytes(of: literal)
            for place in text.indices {
                for byte in UInt8.min...UInt8.max {
                    var bytes = text
                    bytes[place] = byte
                    let whole = 0..<bytes.count
                    if bytes.span.equals(whole, literal) != (bytes == text)
                        || bytes.span.equals(whole, text.span) != (bytes == text)
                        || bytes.span.equalsIgnoringCase(whole, literal) != Self.isFolded(bytes, text)
                    {
                        mistakes.append("\(literal) with \(byte) at \(place)")
                    }
                }
            }
        }
        #expect(mistakes == [])
    }

    @Test func `a word holds eight bytes from any offset, the first lowest`() {
        let bytes = (0..<24).map { UInt8($0) }
        for offset in 0...16 {
            let word = bytes.span.word(at: offset)
            #expect(
                (0..<8).allSatisfy { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) == bytes[offset + $0] }
            )
        }
    }

    @Test func `a range outside the bytes stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2, 3]
            _ = bytes.span.equals(1..<9, "12345678")
        }
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
            _ = bytes.span.word(at: 1)
        }
    }

    @Test func `every byte is written as two digits, at any count`() {
        let digits = Array("0123456789abcdef".utf8)
        for count in 0..<40 {
            for shift in [0, 97, 201] {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ shift) }
                var out = ByteBuffer("=")
                out.append(hex: bytes.span)
                #expect(out.bytes == [0x3D] + bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
            }
        }
        let all = Array(UInt8.min...UInt8.max)
        var out = ByteBuffer()
        out.append(hex: all.span)
        #expect(out.bytes == all.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    @Test func `a run is copied up to the stop, wherever it is and however much room is left`() {
        var mistakes: [String] = []
        for count in 0..<28 {
            for place in 0...count {
                for start in 0...min(place, 9) {
                    for spare in [0, 1, 7, 8, 20] {
                        var source = (0..<count).map { UInt8($0 &* 5 &+ 100) }
                        if place < count { source[place] = 0x5C }
                        var found = -1
                        var out: [UInt8] = [1, 2]
                        out.append(addingCapacity: place - start + spare) { out in
                            found = out.append(source.span, from: start, to: count, before: 0x5C)
                        }
                        if found != place || out != [1, 2] + source[start..<place] {
                            mistakes.append("\(count) bytes, stop at \(place), from \(start), \(spare) spare")
                        }
                    }
                }
            }
        }
        #expect(mistakes == [])
    }

    @Test func `a run without room for it stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let source = [UInt8](repeating: 0x61, count: 20)
            var out: [UInt8] = []
            out.append(addingCapacity: 19) { out in
                _ = out.append(source.span, from: 0, to: 20, before: 0x5C)
            }
        }
        await #expect(processExitsWith: .failure) {
            let source = [UInt8](repeating: 0x61, count: 20)
            var out: [UInt8] = []
            out.append(addingCapacity: 64) { out in
                _ = out.append(source.span, from: 0, to: 21, before: 0x5C)
            }
        }
    }
}
