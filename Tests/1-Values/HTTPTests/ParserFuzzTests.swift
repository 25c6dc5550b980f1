import Bytes
import HTTP
import Testing

/// Mutated messages from a fixed seed, so that any failure can be repeated.
struct ParserFuzzTests {
    private static let requests = [
        "POST /mcp?a=b HTTP/1.1\r\nHost: x:1\r\nContent-Length: 12\r\nConnection: close, te\r\nA: b c\r\n\r\n",
        "GET http://x/y HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
        "\r\nOPTIONS * HTTP/1.0\r\nHOST:\t[::1]\r\nContent-Length: 0\r\nX:\r\n\r\n",
    ]
    private static let responses = [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1234\r\nConnection: keep-alive\r\n\r\n",
        "HTTP/1.0 304\r\nTransfer-Encoding: chunked\r\nDate: Sat, 21 Nov 2026 05:48:58 GMT\r\n\r\n",
    ]
    private static let chunked = [
        "4;a=b\r\nwiki\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\nGET / HTTP/1.1\r\n",
        "000001\r\nx\r\n3e8\r\n\r\n0\r\n\r\n",
    ]
    /// Pieces that parsers are known to fail on, and pieces that turn these messages into others.
    private static let pieces = [
        "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ";", ",", "\0", "\u{7f}", "\u{80}", "\u{ff}", "0",
        "9", "f", "-", "+", "#", "?",
        "/", "*", "@", "HTTP/1.1", "HTTP/2.0", "chunked", "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n", "Host: y\r\n",
        "18446744073709551616", "7fffffffffffffff", "\r\n x", "identity", "http://x", "close", "100-continue",
    ].map(latinBytes)

    private static func mutated(_ seed: String, _ random: inout SplitMix) -> [UInt8] {
        var bytes = latinBytes(seed)
        for _ in 0...random.below(4) {
            let place = random.below(bytes.count)
            let end = min(bytes.count, place + random.below(12))
            switch random.below(5) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
            case 2: bytes.replaceSubrange(place..<end, with: pieces[random.below(pieces.count)])
            case 3 where bytes.count > 20: bytes.removeSubrange(place..<end)
            default: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
            }
        }
        return bytes
    }

    @Test func `20,000 mutated requests mean the same when split anywhere, and when written again`() {
        var random = SplitMix(state: 1)
        var accepted = 0
        for round in 0..<20_000 {
            let bytes = Self.mutated(Self.requests[round % Self.requests.count], &random)
            let whole = readRequest(bytes)
            let cut = random.below(bytes.count + 1)
            let part = readRequest(Array(bytes[..<cut]))
            if part != .incomplete, part != whole { Issue.record("\(bytes): \(part), then \(whole)") }
            guard case .accepted(let text, let end) = whole else { continue }
            accepted += 1
            if end > bytes.count { Issue.record("\(bytes) ends at \(end)") }
            let again = latinBytes(text)
            if readRequest(again) != .accepted(text, end: again.count) || framing(again) != framing(bytes) {
                Issue.record("\(bytes) is not \(text)")
            }
        }
        #expect(accepted > 1000, "too few mutations are still requests: the test proves little")
    }

    @Test func `15,000 mutated responses mean the same when split anywhere`() {
        var random = SplitMix(state: 2)
        var accepted = 0
        for round in 0..<15_000 {
            let bytes = Self.mutated(Self.responses[round % Self.responses.count], &random)
            let whole = readResponse(bytes)
            let part = readResponse(Array(bytes[..<random.below(bytes.count + 1)]))
            if part != .incomplete, part != whole { Issue.record("\(bytes): \(part), then \(whole)") }
            if case .accepted = whole { accepted += 1 }
        }
        #expect(accepted > 1000, "too few mutations are still responses: the test proves little")
    }

    @Test
    func `15,000 mutated chunked bodies mean the same when split anywhere, and stay within their bound`() {
        var random = SplitMix(state: 3)
        var accepted = 0
        for round in 0..<15_000 {
            let bytes = Self.mutated(Self.chunked[round % Self.chunked.count], &random)
            let bound = random.below(40)
            let whole = decode([bytes], bodyBytesMax: bound)
            let cut = random.below(bytes.count + 1)
            let parts = decode([Array(bytes[..<cut]), Array(bytes[cut...])], bodyBytesMax: bound)
            if parts != whole { Issue.record("\(bytes) cut at \(cut): \(parts), not \(whole)") }
            guard case .body(let text, let rest) = whole else { continue }
            accepted += 1
            if text.unicodeScalars.count > bound || rest > bytes.count {
                Issue.record("\(bytes) is out of its bound")
            }
            let size = String(text.unicodeScalars.count, radix: 16)
            let plain = latinBytes(text.isEmpty ? "0\r\n\r\n" : "\(size)\r\n\(text)\r\n0\r\n\r\n")
            if decode([plain]) != .body(text, rest: 0) { Issue.record("\(bytes) is not \(plain)") }
        }
        #expect(accepted > 500, "too few mutations are still bodies: the test proves little")
    }
}
