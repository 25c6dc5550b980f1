import EventLoop
import HTTP
import HTTPServer
import Synchronization
import TestSupport
import Testing

/// What a handler decides by the head alone.
@Suite(.timeLimit(.minutes(1)))
struct ScreeningTests {
    /// Refuses what asks for `/no`, lets the rest come.
    @Sendable private static func refuseNo(_ head: Request) -> HeadVerdict {
        head.path == "/no" ? .respond(.text(401, "no")) : .proceed()
    }

    @Test(arguments: [
        "Content-Length: 1000000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n100\r\nabc",
        "Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n",
    ])
    func `a refused head is answered though its body never comes`(_ rest: String) async throws {
        let budget = BufferBudget(bytesMax: 1 << 20)
        try await withServer(
            configure: { $0.budget = budget },
            screen: Self.refuseNo,
            handler: { exchange in exchange.respond(.text(200, "handled")) }
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST /no HTTP/1.1\r\nHost: x\r\n" + rest)
            let answer = try await client.readResponse()
            #expect(answer.status == 401)
            #expect(answer.text == "no")
            #expect(answer.field("connection") == "close")
            #expect(await client.readToEnd() == "")
            #expect(budget.figures.usedBytes == 0)
        }
    }

    /// Whether a body follows the head depends on the refused request, not on the one before it.
    @Test func `a refusal has a body unless the refused request is HEAD`() async throws {
        try await withServer(screen: Self.refuseNo, handler: echo) { port, _ in
            let rest = " /no HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
            let afterHead = try RawClient(port: port)
            afterHead.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await afterHead.readResponse().status == 200)
            afterHead.send("POST" + rest)
            let refusal = try #require(await afterHead.readToEnd())
            #expect(refusal.hasSuffix("\r\n\r\nno"))
            let head = try RawClient(port: port)
            head.send("HEAD" + rest)
            let answer = try #require(await head.readToEnd())
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `a client that goes on sending the refused body gets the answer`() async throws {
        try await withServer(screen: Self.refuseNo, handler: echo) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n")
            await client.sendAll([UInt8](repeating: 97, count: 4_000_000))
            #expect(try await client.readResponse().status == 401)
        }
    }

    @Test func `a request that arrives whole is not judged twice`() async throws {
        let judged = Judged()
        try await withServer(
            screen: { _ in
                judged.count()
                return .proceed()
            },
            handler: echo
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send(post("whole") + get())
            #expect(try await client.readResponse().text == "whole")
            #expect(try await client.readResponse().status == 200)
            #expect(judged.times == 0)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
            while judged.times == 0 { await Task.yield() }
            client.send("later")
            #expect(try await client.readResponse().text == "later")
            #expect(judged.times == 1)
        }
    }

    @Test(arguments: [
        "Content-Length: 11\r\n\r\n0123", "Transfer-Encoding: chunked\r\n\r\n11\r\n0123456789a",
    ])
    func `a verdict can bound the body`(_ framing: String) async throws {
        try await withServer(screen: { _ in .proceed(bodyBytesMax: 10) }, handler: echo) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\n" + framing)
            #expect(try await client.readResponse().status == 413)
        }
    }

    @Test(arguments: [true, false])
    func `nothing is read while a verdict is waited for`(_ isGood: Bool) async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(
            screen: { _ in
                .wait { head in
                    events.send(head.path)
                    _ = await gate.next()
                    return isGood ? .proceed() : .respond(.text(401, "no"))
                }
            },
            handler: echo
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
            #expect(await events.next() == "/slow")
            client.send("body")
            gate.send("")
            let answer = try await client.readResponse()
            #expect(answer.status == (isGood ? 200 : 401))
            #expect(answer.text == (isGood ? "body" : "no"))
        }
    }

    @Test func `a verdict that takes longer than a body may is 503`() async throws {
        let gate = Events()
        try await withServer(
            configure: { $0.bodyTimeout = .milliseconds(30) },
            screen: { _ in
                .wait { _ in
                    _ = await gate.next()
                    return .proceed()
                }
            },
            handler: echo
        ) { port, _ in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
            let answer = try await client.readResponse()
            #expect(answer.status == 503)
            #expect(answer.field("retry-after") == "1")
            gate.send("")
        }
    }

    @Test func `a client that resets while it is judged is forgotten`() async throws {
        let (events, gate) = (Events(), Events())
        try await withServer(
            screen: { _ in
                .wait { _ in
                    events.send("judging")
                    _ = await gate.next()
                    return .proceed()
                }
            },
            handler: echo
        ) { port, server in
            let client = try RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
            #expect(await events.next() == "judging")
            client.reset()
            while await server.connectionCount() > 0 { await Task.yield() }
            gate.send("")
        }
    }
}

private final class Judged: Sendable {
    private let counter = Atomic(0)

    var times: Int { counter.load(ordering: .relaxed) }

    func count() { counter.add(1, ordering: .relaxed) }
}
