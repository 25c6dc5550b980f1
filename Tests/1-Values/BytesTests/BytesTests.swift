import Bytes
import Testing

struct ByteBufferTests {
    @Test(arguments: [
        (0, "0"), (7, "7"), (10, "10"), (-1, "-1"), (-90, "-90"), (1_234_567_890, "1234567890"),
        (.max, "9223372036854775807"), (.min, "-9223372036854775808"),
    ])
    func `numbers are written in decimal`(_ value: Int, _ text: String) {
        var buffer = ByteBuffer("=")
        buffer.append(decimal: value)
        #expect(buffer.text == "=" + text)
    }

    @Test func `each form of append adds at the end`() {
        var buffer = ByteBuffer(capacity: 4)
        buffer.append(UInt8(ascii: "a"))
        buffer.append("bc" as StaticString)
        buffer.append(String("dé"))
        buffer.append(contentsOf: [0x30, 0x31])
        buffer.append([0x58, 0x59, 0x5A] as [UInt8], 1..<2)
        buffer.append(([0x21] as [UInt8]).span)
        buffer.append(hex: ([0x00, 0x9F, 0xFF] as [UInt8]).span)
        #expect(buffer.text == "abcdé01Y!009fff")
        #expect(buffer.count == 16)
    }

    @Test func `a copy does not change with its original, and clearing keeps the storage`() {
        var buffer = ByteBuffer("abc")
        let copy = buffer
        buffer.append("d" as StaticString)
        #expect(copy.text == "abc")
        let capacity = buffer.bytes.capacity
        buffer.removeAll()
        #expect(buffer.count == 0)
        #expect(buffer.bytes.capacity == capacity)
    }

    @Test func `bytes that are not UTF-8 are repaired in text`() {
        var buffer = ByteBuffer()
        buffer.append(0xFF)
        #expect(buffer.text == "\u{FFFD}")
    }
}

struct ByteMatchingTests {
    private static let bytes = Array("GET Host Äx [@".utf8)

    private func equals(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        Self.bytes.span.equals(range, literal)
    }

    private func equalsIgnoringCase(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        Self.bytes.span.equalsIgnoringCase(range, literal)
    }

    @Test func `bytes are compared with a whole literal, within their range`() {
        #expect(equals(0..<3, "GET"))
        #expect(!equals(0..<3, "get"))
        #expect(!equals(0..<2, "GET"))
        #expect(!equals(0..<3, "GE"))
        #expect(equals(3..<3, ""))
    }

    @Test func `case is ignored for ASCII letters only`() {
        #expect(equalsIgnoringCase(4..<8, "host"))
        #expect(equalsIgnoringCase(0..<3, "get"))
        #expect(!equalsIgnoringCase(4..<8, "hosu"))
        #expect(!equalsIgnoringCase(13..<14, "{"))
        #expect(!equalsIgnoringCase(14..<15, "`"))
    }

    @Test func `a range of bytes can be read as text`() {
        let text = Self.bytes.span.text(9..<12)
        #expect(text == "Äx")
    }
}
