import Bytes
import JSON
import Testing

/// JSON that the grammar allows and strict readers refuse.
struct StrictReadersTests {
    @Test(
        arguments: [
            (#""plain""#, nil), (#""\u00e9 \n \\ud800 \/""#, nil), (#""\ud83d\ude00""#, nil),
            (#""\uD83D\uDE00\ud83d\ude00""#, nil), (#""a\ud800""#, 2), (#""\udc00\ud800""#, 1),
            (#""\ud800\ud83d\ude00""#, 1), (#""\ud83d\ude00\ud83d""#, 13), (#""\ud800x\udc00""#, 1),
            (#""\\\ud800""#, 3), (#""\ud83d\n\ude00""#, 1), (#"{"\udfff":1}"#, 2), (#""\ud80"#, nil),
            (#""\"#, nil), (#""\ud800\ude"#, 1),
        ] as [(String, Int?)]
    )
    func `half of a surrogate pair is found`(_ text: String, _ place: Int?) {
        let bytes = Array("..\(text)".utf8)
        #expect(JSON.loneSurrogate(bytes.span, in: 2..<bytes.count) == place.map { $0 + 2 })
    }

    @Test func `halves of surrogate pairs are replaced in place, and whole pairs are kept`() {
        var bytes = Array(#"{"\ud800":"\ud83d\ude00 \udc00\udc00 é \\ud800"}"#.utf8)
        JSON.replaceLoneSurrogates(in: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == #"{"\ufffd":"\ud83d\ude00 \ufffd\ufffd é \\ud800"}"#
        )
    }

    @Test(arguments: [0, 1, 499, 999, 1000, 1001, 4999])
    func `an overlong number is found at any place`(_ offset: Int) {
        let before = #"{"a":""# + String(repeating: "x", count: offset) + #"","b":"#
        for (digits, isFound) in [(1000, false), (1001, true), (5000, true)] {
            let number = "-1." + String(repeating: "7", count: digits - 3)
            let bytes = Array((before + number + "}").utf8)
            let found = JSON.overlongNumber(bytes.span, in: 0..<bytes.count)
            #expect(found.map { bytes.span.text($0) } == (isFound ? number : nil), "\(digits)")
        }
    }

    @Test func `digits in a string aren't taken for a number`() {
        let digits = String(repeating: "5", count: 5_000)
        for text in ["\"\(digits)\"", #"["\"\#(digits)", "\#(digits)\\"]"#, #"{"\#(digits)":true}"#] {
            let bytes = Array(text.utf8)
            #expect(JSON.overlongNumber(bytes.span, in: 0..<bytes.count) == nil)
        }
        let bytes = Array("[\"\(digits)\",\(digits)]".utf8)
        #expect(JSON.overlongNumber(bytes.span, in: 0..<bytes.count)?.lowerBound == 5_004)
    }

    @Test func `the fast search for numbers agrees with a plain one on 4,000 documents`() throws {
        var state: UInt64 = 11
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let pieces = [
            #"\ud83d\ude00"#, #"\ud800"#, #"\udc00"#, #"\\"#, #"\""#, "x", String(repeating: "1", count: 900),
            #"\u0041"#, String(repeating: "9", count: 150),
        ]
        for _ in 0..<4_000 {
            let inside = (0..<below(8)).map { _ in pieces[below(pieces.count)] }.joined()
            let number = String(repeating: "8", count: 1 + below(1_500))
            let text = below(2) == 0 ? "[\"\(inside)\",\(number)]" : "[\(number),\"\(inside)\"]"
            let bytes = Array(text.utf8)
            #expect((JSON.overlongNumber(bytes.span, in: 0..<bytes.count) != nil) == (number.count > 1_000))
            var mended = bytes
            JSON.replaceLoneSurrogates(in: &mended)
            #expect(JSON.loneSurrogate(mended.span, in: 0..<mended.count) == nil)
            // Decoding replaces the same halves with the same character.
            let (left, right) = (try JSONValue(parsing: mended.span), try JSONValue(parsing: bytes.span))
            #expect(left == right)
        }
    }
}
