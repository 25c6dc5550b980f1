import HTTP
import Testing

/// The outcome of decoding a chunked body.
enum Decoded: Equatable, Sendable {
    case body(String, rest: Int)
    case incomplete
    case refused(Int)
}

/// Decodes like the server: decoded bytes stay at the front, and new bytes are appended after them.
func decode(_ parts: [[UInt8]], bodyBytesMax: Int = 1000) -> Decoded {
    var decoder = ChunkedDecoder(bodyBytesMax: bodyBytesMax)
    var buffer: [UInt8] = []
    var end = 0
    for (index, part) in parts.enumerated() {
        buffer.removeSubrange(end...)
        buffer += part
        do {
            let from = end
            if case .done(let next) = try decoder.decode(&buffer, from: from, to: buffer.count, output: &end)
            {
                let rest = buffer.count - next + parts[(index + 1)...].reduce(0) { $0 + $1.count }
                return .body(latin(buffer[..<end]), rest: rest)
            }
        } catch {
            return .refused(error.status)
        }
    }
    return .incomplete
}

struct ChunkedDecoderTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let wire: String
        let outcome: Decoded

        init(_ wire: String, _ outcome: Decoded) { (self.wire, self.outcome) = (wire, outcome) }

        var testDescription: String { String(wire.debugDescription.prefix(60)) }
    }

    @Test func `trailers are kept where they are asked for, up to a bound, however they are split`() {
        let wire = latinBytes("1\r\nx\r\n0\r\nA: b\r\nC-D:\t\r\n\r\nGET")
        for place in wire.indices {
            for most in [nil, 100] {
                var decoder = ChunkedDecoder(bodyBytesMax: 10, trailerBytesMax: most)
                var (first, second, end) = (Array(wire[..<place]), Array(wire[place...]), 0)
                let whole = try? decoder.decode(&first, from: 0, to: first.count, output: &end)
                if case .done? = whole { continue }
                end = 0
                _ = try? decoder.decode(&second, from: 0, to: second.count, output: &end)
                #expect(latin(decoder.trailers[...]) == (most == nil ? "" : "A: b\nC-D:\t\n"))
            }
        }
        for count in [39_990, 41_000] {
            var decoder = ChunkedDecoder(bodyBytesMax: 10, trailerBytesMax: 40_000)
            var bytes = latinBytes("0\r\nA: " + String(repeating: "a", count: count) + "\r\n\r\n")
            var end = 0
            let progress = try? decoder.decode(&bytes, from: 0, to: bytes.count, output: &end)
            #expect((progress == nil) == (count > 40_000))
        }
    }

    @Test(arguments: [
        Row("0\r\n\r\n", .body("", rest: 0)),
        Row("3\r\nabc\r\n0\r\n\r\n", .body("abc", rest: 0)),
        Row("3\r\nabc\r\n00a\r\n0123456789\r\n000\r\n\r\nGET", .body("abc0123456789", rest: 3)),
        Row("A\r\n\r\n\r\n\0\r\nxyz\r\n0\r\n\r\n", .body("\r\n\r\n\0\r\nxyz", rest: 0)),
        Row("1;a=b;c=\"d e\"\r\nx\r\n0;z\r\n\r\n", .body("x", rest: 0)),
        Row("1\r\nx\r\n0\r\nA: b\r\nTransfer-Encoding:\r\n\r\n", .body("x", rest: 0)),
        Row("0000000000000001\r\nx\r\n0\r\n\r\n", .body("x", rest: 0)),
        Row(
            "3E8\r\n" + String(repeating: "x", count: 1000) + "\r\n0\r\n\r\n",
            .body(String(repeating: "x", count: 1000), rest: 0)
        ),
        Row("", .incomplete),
        Row("1\r\nx\r\n0\r\n", .incomplete),
        Row("1\r\nx\r\n0\r\n\r", .incomplete),
        Row("3E9\r\n", .refused(413)),
        Row("3E8\r\n" + String(repeating: "x", count: 1000) + "\r\n1\r\n", .refused(413)),
        Row("7FFFFFFFFFFFFFFF\r\n", .refused(413)),
        Row("FFFFFFFFFFFFFFFF\r\n", .refused(413)),
        Row("00000000000000001\r\n", .refused(400)),
        Row("-1\r\n", .refused(400)),
        Row("+1\r\n", .refused(400)),
        Row("0x1\r\n", .refused(400)),
        Row("g\r\n", .refused(400)),
        Row(" 1\r\n", .refused(400)),
        Row("1 \r\nx\r\n0\r\n\r\n", .refused(400)),
        Row("1 ;a\r\nx\r\n0\r\n\r\n", .refused(400)),
        Row("\r\n0\r\n\r\n", .refused(400)),
        Row(";a\r\n0\r\n\r\n", .refused(400)),
        Row("1\nx\n0\n\n", .refused(400)),
        Row("1\rx\r\n", .refused(400)),
        Row("1;a\nx\r\n0\r\n\r\n", .refused(400)),
        Row("1;a\0\r\nx\r\n0\r\n\r\n", .refused(400)),
        Row("1;a\rb\r\nx\r\n0\r\n\r\n", .refused(400)),
        Row("1\r\nxy\r\n0\r\n\r\n", .refused(400)),
        Row("1\r\nx\n0\r\n\r\n", .refused(400)),
        Row("2\r\nx\r\n0\r\n\r\n", .refused(400)),
        Row("1\r\nx0\r\n\r\n", .refused(400)),
        Row("0\r\n\n", .refused(400)),
        Row("0\r\n\rX", .refused(400)),
        Row("0\r\n A: b\r\n\r\n", .refused(400)),
        Row("0\r\n: b\r\n\r\n", .refused(400)),
        Row("0\r\nA\r\n\r\n", .refused(400)),
        Row("0\r\nA : b\r\n\r\n", .refused(400)),
        Row("0\r\nA: b\nC: d\r\n\r\n", .refused(400)),
        Row("0\r\nA: b\0\r\n\r\n", .refused(400)),
        Row("1;" + String(repeating: "a", count: 17_000), .refused(431)),
        Row("0\r\nA: " + String(repeating: "a", count: 17_000), .refused(431)),
    ])
    func `bodies are decoded or refused, wherever they are split`(_ row: Row) {
        let bytes = latinBytes(row.wire)
        #expect(decode([bytes]) == row.outcome)
        for place in bytes.indices.prefix(200) {
            #expect(
                decode([Array(bytes[..<place]), Array(bytes[place...])]) == row.outcome,
                "split at \(place)"
            )
        }
        #expect(decode(bytes.map { [$0] }) == row.outcome)
    }

    @Test func `even the largest bound doesn't overflow`() {
        for size in ["7FFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFE"] {
            #expect(
                decode([latinBytes("1\r\nx\r\n\(size)\r\n")], bodyBytesMax: .max)
                    == (size.hasSuffix("E") ? .incomplete : .refused(413))
            )
        }
    }

    @Test func `extensions are bounded over all chunks together`() {
        var wire: [UInt8] = []
        for _ in 0..<20 { wire += latinBytes("1;\(String(repeating: "e", count: 1000))\r\nx\r\n") }
        #expect(decode([wire]) == .refused(431))
    }
}
