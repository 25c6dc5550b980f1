import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

/// Takes requests without a task; a later event of the loop answers them.
private final class LaterHandler: RequestHandler, @unchecked Sendable {  // one loop's thread only
    private let events: Events

    init(_ events: Events) { self.events = events }

    func serve(_ exchange: Exchange) {
        let path = exchange.request.path
        if path == "/now" { return exchange.respond(.text(200, path)) }
        let cancellation = exchange.cancellation
        guard path == "/held" else {
            return exchange.loop.arm(LoopTimer { exchange.respond(.text(200, path)) }, afterNs: 1_000_000)
        }
        let held = Held { [events] in
            // Nobody is there any more: what is answered is dropped.
            exchange.respond(.text(200, path))
            events.send("cancelled \(exchange.isDisconnected)")
        }
        #expect(cancellation.attach(held))
        events.send("held")
    }
}

private final class Held: CancellableWork {
    private let action: () -> Void

    init(_ action: @escaping () -> Void) { self.action = action }

    func cancel() { action() }
}

@Suite(.timeLimit(.minutes(1)))
struct LaterAnswerTests {
    private func with(_ events: Events, _ body: (Int) async throws -> Void) async throws {
        let loop = try EventLoop(name: "later")
        try loop.start()
        let configuration = ServerConfiguration(host: "127.0.0.1", port: 0)
        let server = HTTPServer(configuration: configuration, loops: [loop]) { _ in LaterHandler(events) }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(try await server.start()))
        } catch {
            outcome = .failure(error)
        }
        await server.stop()
        loop.stop()
        loop.join()
        try outcome.get()
    }

    @Test func `pipelined requests are answered in order, at once or later`() async throws {
        try await with(Events()) { port in
            let client = try RawClient(port: port)
            let paths = ["/now", "/a", "/now", "/now", "/b", "/c", "/now"]
            client.send(paths.map { get($0) }.joined())
            for path in paths { #expect(try await client.readResponse().text == path) }
        }
    }

    @Test func `whoever works for a client that goes away is told once`() async throws {
        let events = Events()
        try await with(events) { port in
            do {
                let client = try RawClient(port: port)
                client.send(get("/held"))
                #expect(await events.next() == "held")
                client.reset()
            }
            #expect(await events.next() == "cancelled true")
        }
    }
}
