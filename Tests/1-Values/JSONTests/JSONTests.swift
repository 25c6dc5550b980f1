import Bytes
import JSON
import Testing

/// One document and the scanner's expected verdict.
struct Document: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let fault: JSONError?

    init(_ text: String, _ reason: JSONError.Reason? = nil, at offset: Int = 0) {
        self.init(Array(text.utf8), reason, at: offset)
    }

    init(_ bytes: [UInt8], _ reason: JSONError.Reason? = nil, at offset: Int = 0) {
        self.bytes = bytes
        fault = reason.map { JSONError(offset: offset, reason: $0) }
    }

    var testDescription: String { String(decoding: bytes.prefix(60), as: UTF8.self) }
}

struct JSONTests {
    static let valid: [Document] = [
        "null", "true", "false", "0", "-0", "1", "10", "-12", "0.5", "1.25", "1e5", "1E5", "1e+5", "1e-05",
        "0e0",
        "-1.5E-300", "123456789012345678901234567890", #""""#, #""a""#, "[]", "{}", "[ ]", "{ }", "[1,2]",
        " \t\r\n1 \t\r\n", "[ 1 , 2 ]", #"{"a":1}"#, #" { "a" : 1 , "b" : [ { } ] } "#, #"{"":0}"#,
        #"{"a":1,"a":2}"#,
        #""\"\\\/\b\f\n\r\t""#, #""\u0041\uD83D\uDE00\ud83d\ude00""#, #""\ud800""#, #""\udc00x""#,
        #""\u0000""#,
        "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\u{D7FF}\u{E000}\u{FEFF}\u{2028}\"",
        #""01234567""#, #""0123456\"""#, #""012345678901234567890123456789é""#, #"[[[[[[[[[["x"]]]]]]]]]]"#,
        #"[null,true,false,0,"",[],{}]"#,
    ].map { Document($0) }

    static let faulty: [Document] = [
        Document("", .unexpectedEnd), Document("  ", .unexpectedEnd, at: 2),
        Document("nul", .unexpectedEnd, at: 3), Document("nulL", .unexpectedByte(0x6E), at: 0),
        Document("True", .unexpectedByte(0x54)), Document("truee", .trailingBytes, at: 4),
        Document("NaN", .unexpectedByte(0x4E)), Document("Infinity", .unexpectedByte(0x49)),
        Document("+1", .unexpectedByte(0x2B)), Document("01", .trailingBytes, at: 1),
        Document("-", .unexpectedEnd, at: 1), Document("-a", .invalidNumber),
        Document("-01", .trailingBytes, at: 2),
        Document("1.", .invalidNumber), Document(".5", .unexpectedByte(0x2E)),
        Document("1.e5", .invalidNumber),
        Document("1e", .invalidNumber), Document("1e+", .invalidNumber),
        Document("0x1", .trailingBytes, at: 1),
        Document("1 2", .trailingBytes, at: 2), Document("1,", .trailingBytes, at: 1),
        Document("[1,]", .unexpectedByte(0x5D), at: 3), Document("[,1]", .unexpectedByte(0x2C), at: 1),
        Document("[1 2]", .expectedCommaOrEnd, at: 3), Document("[1", .unexpectedEnd, at: 2),
        Document("[", .unexpectedEnd, at: 1), Document("[1}", .expectedCommaOrEnd, at: 2),
        Document("]", .unexpectedByte(0x5D)), Document("[]]", .trailingBytes, at: 2),
        Document("{", .unexpectedEnd, at: 1), Document("{]", .expectedKey, at: 1),
        Document("{1:2}", .expectedKey, at: 1), Document("{a:2}", .expectedKey, at: 1),
        Document(#"{"a"}"#, .expectedColon, at: 4), Document(#"{"a" 1}"#, .expectedColon, at: 5),
        Document(#"{"a":}"#, .unexpectedByte(0x7D), at: 5), Document(#"{"a":1,}"#, .expectedKey, at: 7),
        Document(#"{,"a":1}"#, .expectedKey, at: 1), Document(#"{"a":1"b":2}"#, .expectedCommaOrEnd, at: 6),
        Document(#"{"a":1]"#, .expectedCommaOrEnd, at: 6), Document(#"{"a":1,"b"#, .unexpectedEnd, at: 9),
        Document(#"{"a":1 /* no */}"#, .expectedCommaOrEnd, at: 7),
        Document("// no\n1", .unexpectedByte(0x2F)),
        Document("'a'", .unexpectedByte(0x27)), Document(#""a"#, .unexpectedEnd, at: 2),
        Document(#""a\""#, .unexpectedEnd, at: 4), Document(#""\"#, .unexpectedEnd, at: 2),
        Document(#""\x""#, .invalidEscape, at: 1), Document(#""\'""#, .invalidEscape, at: 1),
        Document(#""\U0041""#, .invalidEscape, at: 1), Document(#""\u00g0""#, .invalidEscape, at: 1),
        Document(#""\u12"#, .unexpectedEnd, at: 5), Document(#""ab\u123""#, .invalidEscape, at: 3),
        Document(#""01234567\q""#, .invalidEscape, at: 9),
        Document("\"\t\"", .controlCharacter(9), at: 1), Document("\"a\nb\"", .controlCharacter(10), at: 2),
        Document("\"01234567\u{1F}\"", .controlCharacter(0x1F), at: 9),
        Document("\"\0\"", .controlCharacter(0), at: 1),
        Document("\u{FEFF}1", .unexpectedByte(0xEF)), Document("1\u{A0}", .trailingBytes, at: 1),
        Document("\u{0B}1", .unexpectedByte(0x0B)), Document("1\0", .trailingBytes, at: 1),
    ]

    /// Ill-formed UTF-8 inside a string that starts at byte 0. Source: RFC 3629 §4.
    static let illFormed: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x22], [0xC2, 0xC2], [0xDF, 0x7F],
        [0xE0, 0x80, 0x80],
        [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x7F], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
        [0xEF, 0xBF, 0xC0],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF0, 0x90, 0x80, 0x00], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    @Test(arguments: valid)
    func `a valid document is accepted whole`(_ document: Document) throws {
        let range = try JSON.validate(document.bytes.span)
        let space: Set<UInt8> = [9, 10, 13, 32]
        let first = try #require(document.bytes.firstIndex { !space.contains($0) })
        let last = try #require(document.bytes.lastIndex { !space.contains($0) })
        #expect(range == first..<last + 1)
    }

    @Test(arguments: faulty)
    func `a fault is reported with its reason and place`(_ document: Document) throws {
        let fault = try #require(document.fault)
        #expect(throws: fault) { try JSON.validate(document.bytes.span) }
    }

    @Test(arguments: illFormed)
    func `ill-formed UTF-8 is refused anywhere in a string`(_ part: [UInt8]) {
        for padding in 0...17 {
            let bytes = [0x22] + [UInt8](repeating: 0x61, count: padding) + part + [0x22]
            #expect(throws: JSONError(offset: padding + 1, reason: .invalidUTF8)) {
                try JSON.validate(bytes.span)
            }
        }
    }

    @Test(arguments: valid)
    func `every proper prefix of a bracketed or quoted document is refused`(_ document: Document) throws {
        let value = Array(document.bytes[try JSON.validate(document.bytes.span)])
        guard [0x7B, 0x5B, 0x22].contains(value[0]) else { return }
        for count in 0..<value.count {
            #expect(throws: JSONError.self) { try JSON.validate(value.span, in: 0..<count) }
        }
    }

    @Test(arguments: [1, 2, 63, 64, 65, 127, 128])
    func `nesting is accepted up to the bound and refused beyond it`(_ depthMax: Int) throws {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"b":"#, "}]")] {
            let levels = open.hasPrefix("[{") ? 2 : 1
            for depth in [depthMax - levels, depthMax, depthMax + levels]
            where depth >= 0 && depth % levels == 0 {
                let pairs = depth / levels
                let text =
                    String(repeating: open, count: pairs) + "1" + String(repeating: close, count: pairs)
                let result = Result { () throws(JSONError) in
                    try JSON.validate(text.utf8.span, depthMax: depthMax)
                }
                if depth <= depthMax {
                    #expect(throws: Never.self) { try result.get() }
                } else {
                    #expect(throws: JSONError.self) { try result.get() }
                }
            }
        }
    }

    @Test
    func `a million open brackets are refused without recursion`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError(offset: 128, reason: .tooDeep(depthMax: 128))) {
            try JSON.validate(bytes.span)
        }
    }

    @Test
    func `skipping stops right after the value and leaves the position alone on a fault`() throws {
        let bytes = Array(" [1,2] ,x".utf8)
        var position = 0
        try JSON.skipValue(bytes.span, at: &position)
        #expect(position == 6)
        position = 7
        #expect(throws: JSONError.self) { try JSON.skipValue(bytes.span, at: &position) }
        #expect(position == 7)
    }

    @Test(arguments: [
        ("{}", JSON.Kind.object), ("[]", .array), ("\"\"", .string), ("-1", .number), ("7", .number),
        ("true", .true),
        ("false", .false), ("null", .null),
    ])
    func `a value's kind is known from its first byte`(_ text: String, _ kind: JSON.Kind) {
        #expect(JSON.kind(text.utf8.span, at: 0..<text.utf8.count) == kind)
    }

    @Test
    func `an error's description is a sentence with the place`() {
        #expect(
            JSONError(offset: 12, reason: .controlCharacter(7)).description
                == "the string holds the raw control character byte 0x07 at byte 12"
        )
        #expect(JSONError(offset: 0, reason: .unexpectedByte(0x27)).description.hasPrefix("''' cannot start"))
    }
}
