import Bytes
import HTTPClient
import Testing

struct OutboundRequestTests {
    private static let endpoint = Endpoint(scheme: .http, host: "127.0.0.1", port: 1)

    struct Part: Sendable, CustomTestStringConvertible {
        var method = "GET"
        var path = "/"
        var name = "X-Field"
        var value = "value"
        var host = "host.example"
        var prefix = ""

        var testDescription: String { "\(method) \(host)\(prefix)\(path) \(name): \(value)".debugDescription }
    }

    static let splitting: [Part] = ["\r\n", "\n", "\r", "\u{0}", "a\r\nX-Evil: 1", "\u{7F}"].flatMap { bad in
        [
            Part(method: "GET\(bad)"), Part(path: "/\(bad)"), Part(name: "X\(bad)"), Part(value: bad),
            Part(value: "val\(bad)"), Part(value: "\(bad)ue"), Part(host: "host\(bad)"),
            Part(prefix: "/pre\(bad)"),
        ]
    }

    static let malformed = [
        Part(method: ""), Part(method: "GET /"), Part(path: "/a b"), Part(path: "/é"), Part(name: ""),
        Part(name: "X Field"), Part(name: "X:"), Part(host: "a b"), Part(prefix: "/a?b\t"),
    ]

    private func request(_ part: Part) throws(HTTPClientError) -> OutboundRequest {
        try OutboundRequest(
            method: part.method,
            endpoint: Endpoint(scheme: .http, host: part.host, port: 80, pathPrefix: part.prefix),
            path: part.path,
            fields: [(part.name, part.value), ("Authorization", "Bearer hush")]
        )
    }

    @Test(arguments: splitting + malformed)
    func `a part that could split the head makes no request, and the error doesn't repeat it`(_ part: Part)
        throws
    {
        let error = #expect(throws: HTTPClientError.self) { try request(part) }
        guard case .unsendable(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.contains("Evil") && !reason.contains("hush") && !reason.contains { $0.isNewline })
    }

    @Test(arguments: [
        Part(), Part(value: ""), Part(value: "a\tb c"), Part(value: "grün"), Part(path: "/%0D%0A?a=b&c=%00"),
        Part(method: "PATCH"), Part(name: "x-amz-meta_1.2~"), Part(prefix: "/prod/v1"),
    ])
    func `what a head may hold is sent as it is`(_ part: Part) throws {
        let text = try request(part).message.text
        #expect(
            text.hasPrefix("\(part.method) \(part.prefix)\(part.path) HTTP/1.1\r\nHost: \(part.host)\r\n")
        )
        #expect(text.contains("\r\n\(part.name): \(part.value)\r\n"))
        #expect(text.split(separator: "\r\n").count == (part.method == "PATCH" ? 5 : 4))
    }

    /// Bounded, with a fixed seed: no request that is made has a line of its own in it.
    @Test func `random parts never add a line to the head`() throws {
        var generator = SplitMix(state: 7)
        let alphabet: [Character] = ["a", "/", " ", ":", "\r", "\n", "\r\n", "\u{0}", "\t", "é", "%", "X"]
        func text() -> String {
            String(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? "a"
                }
            )
        }
        var made = 0
        for _ in 0..<20_000 {
            let part = Part(path: "/" + text(), name: "X" + text(), value: text())
            guard let request = try? request(part) else { continue }
            made += 1
            let lines = request.message.text.utf8.split(
                separator: UInt8(ascii: "\n"),
                omittingEmptySubsequences: false
            )
            #expect(lines.count == 6 && lines.dropLast().allSatisfy { $0.last == UInt8(ascii: "\r") })
        }
        #expect(made > 100)
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
