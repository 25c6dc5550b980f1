import Tracing
import Testing

struct TraceStateTests {
    struct Row: Sendable {
        let text: String
        let isSound: Bool
    }

    private static let members = (1...33).map { "bar\($0)=\($0)" }
    private static let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
    private static let value = String(
        decoding: (0x20...0x7E as ClosedRange<UInt8>).filter { $0 != 0x2C && $0 != 0x3D },
        as: UTF8.self
    )

    /// The forms of the specification's own tests, level 2 of strictness (github.com/w3c/trace-context, test/test.py).
    @Test(arguments: [
        Row(text: "foo=1", isSound: true),
        Row(text: "foo=1,bar=2", isSound: true),
        Row(text: "", isSound: false),
        Row(text: ",", isSound: false),
        Row(text: "foo=1,", isSound: true),
        Row(text: ",foo=1", isSound: true),
        Row(text: "foo=1,bar=2,rojo=1,congo=2,baz=3", isSound: true),
        Row(text: "foo=1,foo=1", isSound: false),
        Row(text: "foo=1,foo=2", isSound: false),
        Row(text: "\(key)=\(value)", isSound: true),
        Row(text: "\(key)@a-z0-9_-*/=\(value)", isSound: true),
        Row(text: "foo=1 \t , \t bar=2, \t baz=3", isSound: true),
        Row(text: "\t foo=1 \t", isSound: true),
        Row(text: "foo =1", isSound: false),
        Row(text: "FOO=1", isSound: false),
        Row(text: "foo.bar=1", isSound: false),
        Row(text: "foo@=1,bar=2", isSound: false),
        Row(text: "@foo=1,bar=2", isSound: false),
        Row(text: "foo@@bar=1,bar=2", isSound: false),
        Row(text: "foo@bar@baz=1,bar=2", isSound: false),
        Row(text: members.prefix(32).joined(separator: ","), isSound: true),
        Row(text: members.joined(separator: ","), isSound: false),
        Row(text: "foo=1,\(String(repeating: "z", count: 256))=1", isSound: true),
        Row(text: "foo=1,\(String(repeating: "z", count: 257))=1", isSound: false),
        Row(
            text: "\(String(repeating: "t", count: 241))@\(String(repeating: "v", count: 14))=1",
            isSound: true
        ),
        Row(text: "\(String(repeating: "t", count: 242))@v=1", isSound: false),
        Row(text: "t@\(String(repeating: "v", count: 15))=1", isSound: false),
        Row(text: "foo=bar=baz", isSound: false),
        Row(text: "foo=,bar=3", isSound: false),
        // Further forms.
        Row(text: "foo", isSound: false),
        Row(text: "foo=\u{7F}", isSound: false),
        Row(text: "foo=ü", isSound: false),
        Row(
            text: "a=\(String(repeating: "1", count: 250)),b=\(String(repeating: "1", count: 257))",
            isSound: false
        ),
        Row(
            text: "a=\(String(repeating: "1", count: 256)),b=\(String(repeating: "1", count: 251))",
            isSound: true
        ),
        Row(
            text: "a=\(String(repeating: "1", count: 256)),b=\(String(repeating: "1", count: 252))",
            isSound: false
        ),
    ])
    func `a tracestate is passed on exactly when W3C calls it valid`(_ row: Row) {
        let isSound = TraceState.isSound(row.text.utf8.span)
        #expect(isSound == row.isSound, "\(row.text)")
    }
}
