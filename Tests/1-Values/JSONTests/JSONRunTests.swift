import Bytes
import JSON
import Testing

/// The word-wise scans of strings against byte-wise ones, and the compact forms of ranges and names.
struct JSONRunTests {
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x22]
        for byte in bytes {
            switch byte {
            case 0x22, 0x5C: out += [0x5C, byte]
            case 8: out += Array("\\b".utf8)
            case 9: out += Array("\\t".utf8)
            case 10: out += Array("\\n".utf8)
            case 12: out += Array("\\f".utf8)
            case 13: out += Array("\\r".utf8)
            case 0..<0x20:
                out += Array((byte < 16 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
            default: out.append(byte)
            }
        }
        return out + [0x22]
    }

    @Test func `each ASCII byte at each place of a run is escaped if needed, and read back`() throws {
        var mistakes: [String] = []
        for count in [1, 2, 7, 8, 9, 15, 16, 17, 25] {
            for place in 0..<count {
                for byte in UInt8(0)..<0x80 {
                    var bytes = [UInt8](repeating: 0x61, count: count)
                    bytes[place] = byte
                    var out = ByteBuffer()
                    JSON.appendString(utf8: bytes.span, to: &out)
                    var back = ByteBuffer()
                    JSON.appendUnescaped(out.bytes.span, 1..<out.count - 1, to: &back)
                    let name = JSONName(out.bytes.span, at: 0..<out.count)
                    if out.bytes != Self.escaped(bytes) || back.bytes != bytes
                        || name?.hasEscapes != out.bytes.contains(0x5C)
                        || name?.equals(utf8: bytes.span, in: out.bytes.span) != true
                    {
                        mistakes.append("\(byte) at \(place) of \(count)")
                    }
                }
            }
        }
        #expect(mistakes == [])
    }

    @Test(arguments: [
        #"\n\n\n\n"#, #"a\nb"#, #"\u0041\u00e9\ud83d\ude00\n"#, #"\ud800"#, #"\ud800\ud83d\ude00x"#,
        #"\udc00\\"#,
        #"12345678\"12345678\\12345678"#, #"\ud800\""#, #"\u00e9"#,
    ])
    func `a run of escapes decodes like its escapes one by one`(_ inside: String) throws {
        let raw = Array("\"\(inside)\"".utf8)
        let range = try JSON.validate(raw.span)
        var out = ByteBuffer()
        JSON.appendUnescaped(raw.span, 1..<raw.count - 1, to: &out)
        let name = JSONName(raw.span, at: range)
        // This comparison goes character by character, without the fast copy.
        let isSame = name?.equals(utf8: out.bytes.span, in: raw.span)
        #expect(isSame == true)
        #expect(JSON.string(raw.span, at: range) == out.text)
    }

    @Test func `unescaping a part of a string never reads outside it`() {
        let raw = Array(#"ab\u0041\ud83d\ude00\\"#.utf8)
        for end in 0...raw.count {
            for start in 0...end {
                var out = ByteBuffer()
                JSON.appendUnescaped(raw.span, start..<end, to: &out)
                #expect(out.count <= 3 * (end - start))
            }
        }
    }

    @Test func `a duplicate member is found whatever its name and place, escaped or not`() {
        let names =
            (0..<40).map { "n\($0 * 7 % 40)" } + ["", "x", "content", "contenT", "tnetnoc", "\\u0078"]
        for first in names.indices {
            for second in names.indices {
                let text = "{\"\(names[first])\":1,\"other\":2,\"\(names[second])\":3}"
                let isSame = first == second || Set([names[first], names[second]]) == ["x", "\\u0078"]
                #expect(Self.hasDuplicate(text) == isSame, "\(text)")
            }
        }
        let many = (0..<256).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(!Self.hasDuplicate("{\(many)}"))
        for index in stride(from: 0, to: 255, by: 17) {
            let text = many.replacing("\"k255\"", with: "\"k\(index)\"")
            #expect(Self.hasDuplicate("{\(text)}"))
        }
    }

    private static func hasDuplicate(_ text: String) -> Bool {
        var names = DuplicateKeyCheck()
        let bytes = Array(text.utf8)
        do throws(JSONError) {
            var walk = try JSONObjectWalk(bytes.span, at: 0, end: bytes.count)
            while let name = try walk.next(bytes.span) {
                try names.add(name, in: bytes.span)
                _ = try walk.skip(bytes.span)
            }
            return false
        } catch {
            return error.reason == .duplicateKey
        }
    }

    @Test(arguments: [nil, 0..<0, 0..<1, 5..<5, 7..<900, 0..<CompactRange.offsetMax] as [Range<Int>?])
    func `a compact range holds a range, or none`(_ range: Range<Int>?) {
        #expect(CompactRange(wrappedValue: range).wrappedValue == range)
        for hasEscapes in [false, true] {
            let name = range.map { JSONName(range: $0, hasEscapes: hasEscapes) }
            #expect(CompactName(wrappedValue: name).wrappedValue == name)
        }
        #expect(CompactRange().wrappedValue == nil)
        #expect(CompactName().wrappedValue == nil)
        #expect(MemoryLayout<CompactRange>.size == 8 && MemoryLayout<CompactName>.size == 8)
    }

    @Test func `an offset that a compact range can't hold stops the program`() async {
        await #expect(processExitsWith: .failure) {
            _ = CompactRange(wrappedValue: 0..<Int(UInt32.max) + 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = CompactName(wrappedValue: JSONName(range: 0..<CompactRange.offsetMax + 1, hasEscapes: false))
        }
    }
}
