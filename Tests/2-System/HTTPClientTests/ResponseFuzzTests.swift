import Bytes
import HTTPClient
import Testing

/// Mutated responses in random pieces; the same ones in every run.
struct ResponseFuzzTests {
    private static let valid = [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: x\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n",
        "HTTP/1.1 500 Oops\r\nX-Amzn-RequestId: 1\r\n\r\nuntil the end",
        "HTTP/1.0 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + String(repeating: "b", count: 9000),
    ]

    private static let splices = [
        "\r\n", "\r\n\r\n", "0\r\n\r\n", "Content-Length: 3\r\n", "HTTP/1.1 200 OK\r\n\r\n", "\n", ":",
    ]

    private static func mutated(_ random: inout SplitMix) -> [UInt8] {
        var bytes = Array(valid[random.next(valid.count)].utf8)
        for _ in 0..<random.next(4) where !bytes.isEmpty {
            let at = random.next(min(bytes.count, 150))
            switch random.next(6) {
            case 0: bytes[at] = UInt8(random.next(256))
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(UInt8(random.next(256)), at: at)
            case 3: bytes.removeLast(random.next(bytes.count))
            case 4: bytes.insert(contentsOf: Array(splices[random.next(splices.count)].utf8), at: at)
            default: bytes.append(contentsOf: bytes[at..<min(at + random.next(60), bytes.count)])
            }
        }
        return bytes
    }

    @Test func `any answer ends its call, and its connection when it ends`() async throws {
        try await withScript { connection in
            var random = SplitMix(state: UInt64(connection.index))
            guard connection.request() != nil else { return }
            var rest = Self.mutated(&random)[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 + random.next(random.next(2) == 0 ? 20 : rest.count))
                guard connection.send(Array(piece)) else { return }
                rest = rest.dropFirst(piece.count)
            }
        } _: { stage in
            var successes = 0
            for number in 0..<1500 {
                do {
                    if number % 2 == 0 {
                        _ = try await stage.client.send(stage.request(bytesMax: 10_000))
                    } else {
                        let body = try await stage.client.stream(stage.request(bytesMax: 10_000))
                        while try await body.next() != nil {}
                    }
                    successes += 1
                } catch {
                    switch error as? HTTPClientError {
                    case .malformed, .closedEarly, .tooLarge: break
                    default: Issue.record("call \(number): \(error)")
                    }
                }
                #expect(await stage.until { stage.client.connectionCount == 0 })
            }
            #expect(successes > 300)
        }
    }

    /// What follows a whole response in the same segment must never become the next call's response.
    @Test func `a connection with something left on it is not used again`() async throws {
        try await withScript { connection in
            var random = SplitMix(state: UInt64(connection.index))
            while let head = connection.request() {
                guard head.contains("/odd") else {
                    connection.send(answer("good"))
                    continue
                }
                var bytes = Array(Self.valid[random.next(3)].utf8)
                if random.next(3) > 0 {
                    let other = Self.mutated(&random)
                    bytes += other.isEmpty ? [0] : other
                }
                connection.send(bytes)
            }
        } _: { stage in
            for _ in 0..<500 {
                _ = await stage.get("/odd")
                #expect(await stage.get("/even") == .success("good"))
            }
        }
    }
}

/// Deterministic and small. Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// 0..<bound; 0 when there is nothing to choose from.
    mutating func next(_ bound: Int) -> Int { bound < 1 ? 0 : Int(next() % UInt64(bound)) }
}
