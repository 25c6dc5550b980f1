import Bytes
import Tracing
import Testing

struct TraceContextTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let isSound: Bool

        var testDescription: String { text }
    }

    private static let id = "12345678901234567890123456789012"

    private func read(_ text: String) -> TraceContext? { TraceContext(traceparent: text.utf8.span) }

    /// The forms of the specification's own tests (github.com/w3c/trace-context, test/test.py).
    @Test(arguments: [
        Row(text: "00-\(id)-1234567890123456-01", isSound: true),
        Row(text: "00-\(id)-1234567890123456-01.", isSound: false),
        Row(text: "00-\(id)-1234567890123456-01-what-the-future-will-be-like", isSound: false),
        Row(text: "cc-\(id)-1234567890123456-01", isSound: true),
        Row(text: "cc-\(id)-1234567890123456-01-what-the-future-will-be-like", isSound: true),
        Row(text: "cc-\(id)-1234567890123456-01.what-the-future-will-be-like", isSound: false),
        Row(text: "ff-\(id)-1234567890123456-01", isSound: false),
        Row(text: ".0-\(id)-1234567890123456-01", isSound: false),
        Row(text: "0.-\(id)-1234567890123456-01", isSound: false),
        Row(text: "000-\(id)-1234567890123456-01", isSound: false),
        Row(text: "0000-\(id)-1234567890123456-01", isSound: false),
        Row(text: "0-\(id)-1234567890123456-01", isSound: false),
        Row(text: "00-00000000000000000000000000000000-1234567890123456-01", isSound: false),
        Row(text: "00-.2345678901234567890123456789012-1234567890123456-01", isSound: false),
        Row(text: "00-1234567890123456789012345678901.-1234567890123456-01", isSound: false),
        Row(text: "00-\(id)3-1234567890123456-01", isSound: false),
        Row(text: "00-1234567890123456789012345678901-1234567890123456-01", isSound: false),
        Row(text: "00-\(id)-0000000000000000-01", isSound: false),
        Row(text: "00-\(id)-.234567890123456-01", isSound: false),
        Row(text: "00-\(id)-123456789012345.-01", isSound: false),
        Row(text: "00-\(id)-12345678901234567-01", isSound: false),
        Row(text: "00-\(id)-123456789012345-01", isSound: false),
        Row(text: "00-\(id)-1234567890123456-.0", isSound: false),
        Row(text: "00-\(id)-1234567890123456-0.", isSound: false),
        Row(text: "00-\(id)-1234567890123456-001", isSound: false),
        Row(text: "00-\(id)-1234567890123456-1", isSound: false),
        // Further forms.
        Row(text: "", isSound: false),
        Row(text: "00-ABCDEF78901234567890123456789012-1234567890123456-01", isSound: false),
        Row(text: " 00-\(id)-1234567890123456-01", isSound: false),
        Row(text: "00_\(id)_1234567890123456_01", isSound: false),
        Row(text: "00-\(id)-1234567890123456-ff", isSound: true),
        Row(text: "01-\(id)-1234567890123456-00-", isSound: true),
    ])
    func `exactly the values that W3C calls valid are accepted`(_ row: Row) {
        let context = read(row.text)
        #expect((context != nil) == row.isSound)
        if let context {
            #expect(context.traceID.hex == Self.id)
            #expect(context.spanID == 0x1234_5678_9012_3456)
        }
    }

    @Test func `defined flags are kept, and others dropped`() throws {
        func flags(_ text: String) throws -> UInt8 {
            try #require(read("00-\(Self.id)-1234567890123456-\(text)")).flags
        }
        #expect(try flags("00") == 0)
        #expect(try flags("01") == TraceContext.sampledFlag)
        #expect(try flags("02") == TraceContext.randomFlag)
        #expect(try flags("ff") == 3)
        #expect(try flags("fc") == 0)
    }

    @Test func `a context is written as version 00, and read back`() throws {
        let found = try #require(read("cc-\(Self.id)-00000000000000ab-ff-more"))
        var out = ByteBuffer()
        found.append(traceparentTo: &out)
        #expect(out.text == "00-\(Self.id)-00000000000000ab-03")
        #expect(read(out.text) == found)
    }

    @Test func `the root for X-Ray has the same sixteen bytes`() throws {
        let context = TraceContext(
            traceID: ID128(high: 0x5759_E988_BD86_2E3F, low: 0xE1BE_46A9_9427_2793),
            spanID: 0x5399_5C3F_42CD_8AD8,
            flags: 1
        )
        var out = ByteBuffer()
        context.append(xRayTo: &out)
        // The developer guide's own example.
        #expect(
            out.text == "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        )
        out.removeAll()
        TraceContext(traceID: context.traceID, spanID: 1, flags: 2).append(xRayTo: &out)
        #expect(
            out.text == "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000001;Sampled=0"
        )
    }

    @Test func `any bytes are read safely, and an accepted value is written the same`() {
        var random = SpanIDs(seed: 11, 22, 33, 44)
        let sound = Array("00-\(Self.id)-1234567890123456-01".utf8)
        for _ in 0..<20_000 {
            var bytes = sound
            for _ in 0..<Int(random.next() % 4) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes = Array(bytes.prefix(Int(random.next() % 60))) + (random.next() % 2 == 0 ? [] : bytes)
            guard let context = TraceContext(traceparent: bytes.span) else { continue }
            #expect(!context.traceID.isNone && context.spanID != 0)
            var out = ByteBuffer()
            context.append(traceparentTo: &out)
            #expect(read(out.text) == context)
        }
    }
}
