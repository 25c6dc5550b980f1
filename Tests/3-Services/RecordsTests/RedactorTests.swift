import JSON
import Policy
import Records
import Testing

struct RedactorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let input: String
        let kept: String
        var pointers: [String] = []
        var isCut = false
        var arguments = RecordedArguments.redacted
        var testDescription: String { "\(pointers) \(input.prefix(60))" }
    }

    private static func kept(_ row: Row, bytesMax: Int = Redactor.bytesMax) -> String {
        Redactor(RecordingSettings(arguments: row.arguments, redact: row.pointers))
            .kept(row.input.utf8.span, isCut: row.isCut, bytesMax: bytesMax)
    }

    private static let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    private static let key = "mgw_3k9x0v2a_0123456789abcdefghij"

    @Test(arguments: [
        Row(input: #"{"city":"Bern","days":3}"#, kept: #"{"city":"Bern","days":3}"#),
        Row(
            input: #" { "a" : [ 1 , -2.50e3 , true , null , "x" ] , "b" : { } } "#,
            kept: #"{"a":[1,-2.50e3,true,null,"x"],"b":{}}"#
        ),
        Row(input: #"{"password":"x","n":1}"#, kept: #"{"password":"[redacted]","n":1}"#),
        Row(input: #"{"\u0070assword":"x"}"#, kept: #"{"password":"[redacted]"}"#),
        Row(input: #"{"dbPassword":{"a":[1]},"b":2}"#, kept: #"{"dbPassword":"[redacted]","b":2}"#),
        Row(input: #"{"a":{"b":[{"API_KEY":1}]}}"#, kept: #"{"a":{"b":[{"API_KEY":"[redacted]"}]}}"#),
        Row(input: #"{"max_tokens":100,"tokens":["x"]}"#, kept: #"{"max_tokens":100,"tokens":"[redacted]"}"#),
        Row(input: #"{"passwordless":true,"author":"a"}"#, kept: #"{"passwordless":true,"author":"a"}"#),
        Row(input: #"{"a":"\#(jwt)"}"#, kept: #"{"a":"[redacted]"}"#),
        Row(input: #"{"\#(jwt)":1}"#, kept: #"{"[redacted]":1}"#),
        Row(input: #"{"a":"see \u0041KIAIOSFODNN7EXAMPLE."}"#, kept: #"{"a":"[redacted]"}"#),
        Row(input: #"{"a":4111111111111111}"#, kept: #"{"a":"[redacted]"}"#),
        Row(input: #"{"a":1700000000000}"#, kept: #"{"a":1700000000000}"#),
        Row(input: #"{"a":1,"a":2,"a":3}"#, kept: #"{"a":1,"a#2":2,"a#3":3}"#),
        Row(input: #"{"a":1,"\u0061":2,"a#2":3}"#, kept: #"{"a":1,"a#2":2,"a#2#3":3}"#),
        // Pointers.
        Row(
            input: #"{"customer":{"email":"a@b","n":1}}"#,
            kept: #"{"customer":{"email":"[redacted]","n":1}}"#,
            pointers: ["/customer/email"]
        ),
        Row(
            input: #"{"customer":{"email":"a@b"}}"#,
            kept: #"{"customer":"[redacted]"}"#,
            pointers: ["/customer"]
        ),
        Row(
            input: #"{"items":[{"card":1,"n":2},{"card":[3],"n":4}]}"#,
            kept: #"{"items":[{"card":"[redacted]","n":2},{"card":"[redacted]","n":4}]}"#,
            pointers: ["/items/*/card"]
        ),
        Row(input: #"{"a":[1,2,3]}"#, kept: #"{"a":[1,"[redacted]",3]}"#, pointers: ["/a/1"]),
        Row(
            input: #"{"a/b":1,"c~d":2,"":3}"#,
            kept: #"{"a/b":"[redacted]","c~d":"[redacted]","":"[redacted]"}"#,
            pointers: ["/a~1b", "/c~0d", "/"]
        ),
        Row(
            input: #"{"x":{"n":1},"y":{"n":2}}"#,
            kept: #"{"x":{"n":"[redacted]"},"y":{"n":"[redacted]"}}"#,
            pointers: ["/*/n"]
        ),
        Row(input: #"{"n":{"x":{"n":1}}}"#, kept: #"{"n":{"x":{"n":1}}}"#, pointers: ["/x/n"]),
        Row(
            input:
                #"{"content":[{"type":"text","text":"{\"customer\": {\"email\": \"a@b\"}}"}],"structuredContent":{"customer":{"email":"a@b"}},"isError":false}"#,
            kept:
                #"{"content":[{"type":"text","text":"{\"customer\":{\"email\":\"[redacted]\"}}"}],"structuredContent":{"customer":{"email":"[redacted]"}},"isError":false}"#,
            pointers: ["/customer/email"]
        ),
        Row(
            input: #"{"structuredContent":{"a":1},"content":[]}"#,
            kept: #"{"structuredContent":{"a":"[redacted]"},"content":[]}"#,
            pointers: ["/structuredContent/a"]
        ),
        // Texts.
        Row(input: #"{"text":"email: a@b"}"#, kept: #"{"text":"[redacted]"}"#, pointers: ["/customer/email"]),
        Row(input: #"{"text":"{\"n\":1} {\"n\":2}"}"#, kept: #"{"text":"[redacted]"}"#, pointers: ["/n"]),
        Row(input: #"{"text":"[1] see below"}"#, kept: #"{"text":"[1] see below"}"#),
        Row(input: #"{"text":"{\"password\":\"x\"} done"}"#, kept: #"{"text":"[redacted]"}"#),
        Row(input: #"{"text":"{'password': 'x'}"}"#, kept: #"{"text":"[redacted]"}"#),
        Row(
            input: #"{"text":"{\"a\": \"{\\\"\\u0070assword\\\":1}\"}"}"#,
            kept: #"{"text":"{\"a\":\"{\\\"password\\\":\\\"[redacted]\\\"}\"}"}"#
        ),
        Row(input: #"{"text":"https://me:pw@host/x"}"#, kept: #"{"text":"[redacted]"}"#),
        // Cut input.
        Row(
            input:
                #"{"a":1,"b":"some words that go on, and on, and on, until the end is not seen any more by anybody who rea"#,
            kept: #"{"a":1,"b":"some words that go on, and …","…":"…"}"#,
            isCut: true
        ),
        Row(input: #"{"a":1,"b":"short"#, kept: #"{"a":1,"b":"…","…":"…"}"#, isCut: true),
        Row(input: #"{"a":[1,2"#, kept: #"{"a":[1,"…"]}"#, isCut: true),
        Row(input: #"{"a":[1,"#, kept: #"{"a":[1,"…"]}"#, isCut: true),
        Row(input: #"{"a":411111111111"#, kept: #"{"a":"…"}"#, isCut: true),
        Row(input: #"{"a":1,"pass"#, kept: #"{"a":1,"…":"…"}"#, isCut: true),
        Row(input: #"{"password":"x"#, kept: #"{"password":"[redacted]","…":"…"}"#, isCut: true),
        Row(input: #"{"password":{"a":"#, kept: #"{"password":"[redacted]","…":"…"}"#, isCut: true),
        Row(input: "", kept: #""…""#, isCut: true),
        Row(input: "411", kept: #""…""#, isCut: true),
        Row(input: #"{"a":1}}"#, kept: #"{"a":1}"#),
        Row(input: #"{"a" 1}"#, kept: #"{"…":"…"}"#),
        // All arguments, except the gateway's own keys.
        Row(
            input: #"{"password":"x","a":"\#(jwt)"}"#,
            kept: #"{"password":"x","a":"\#(jwt)"}"#,
            arguments: .full
        ),
        Row(
            input: #"{"a":"\#(key)","\#(key)":1}"#,
            kept: #"{"a":"[redacted]","[redacted]":1}"#,
            arguments: .full
        ),
        Row(input: #"{"a":"\u006dgw_3k9x0v2a_0123"}"#, kept: #"{"a":"[redacted]"}"#, arguments: .full),
        Row(
            input: #"{"a":"{\"b\":\"\\u006dgw_3k9x0v2a_0123\"}"}"#,
            kept: #"{"a":"{\"b\":\"[redacted]\"}"}"#,
            arguments: .full
        ),
        Row(input: #"{"a":"mgwa_3k9x0v2a_0123456789"}"#, kept: #"{"a":"[redacted]"}"#),
    ])
    func `secrets are replaced, and nothing else is changed`(_ row: Row) {
        #expect(Self.kept(row) == row.kept)
    }

    @Test func `an input that doesn't fit is cut, visibly, to valid JSON`() throws {
        let long = #"{"a":"\#(String(repeating: "ü", count: 5_000))","b":1}"#
        let kept = Self.kept(Row(input: long, kept: ""))
        #expect(kept.utf8.count <= 4096 && kept.utf8.count > 4050)
        #expect(kept.hasSuffix(#"ü…","…":"…"}"#) && kept.hasPrefix(#"{"a":"üü"#))
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(Self.kept(Row(input: deep, kept: "")) == deep)
        let many = "[" + (0..<2_000).map { "\($0)" }.joined(separator: ",") + "]"
        let list = Self.kept(Row(input: many, kept: ""))
        #expect(list.utf8.count <= 4096 && list.hasSuffix(#","…"]"#))
        #expect(try JSONValue(parsing: list).arrayValue?.count ?? 0 > 900)
    }

    /// With quadratic time this input would take minutes.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "eyJ", "://", "://a", ":", "= ", "4", "4 ", "bearer ", "sk-", "AKIA", "-----BEGIN", "password ",
            "{", "[", "\\u0070", "{\\\"a\\\":",
            "xoxb-", "mgw_", "é", "\\\\", "\\\"", "basic a",
        ]
    )
    func `hostile input takes time in proportion to its length`(_ piece: String) {
        let text = String(repeating: piece, count: (1 << 18) / piece.utf8.count)
        let settings = RecordingSettings(arguments: .redacted, redact: (0..<64).map { "/a/*/\($0)/x\($0)" })
        let kept = Redactor(settings).kept("{\"a\":\"\(text)\"}".utf8.span, isCut: false)
        #expect(kept.utf8.count <= 4096)
        #expect((try? JSONValue(parsing: kept)) != nil, "\(kept.prefix(200))")
    }
}
