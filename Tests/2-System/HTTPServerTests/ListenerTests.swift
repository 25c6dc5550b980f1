import EventLoop
import HTTP
import HTTPServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ListenerTests {
    @Test func `two loops share one port`() async throws {
        try await withServer(loopCount: 2, handler: { $0.respond(.text(200, $0.loop.name)) }) {
            port,
            server in
            var names: Set<String> = []
            var clients: [RawClient] = []
            while names.count < 2 {  // the kernel spreads connections by a hash of their addresses
                let client = try RawClient(port: port)
                client.send(get())
                names.insert(try await client.readResponse().text)
                clients.append(client)
            }
            #expect(names == ["test-server-0", "test-server-1"])
            #expect(await server.connectionCount() == clients.count)
        }
    }

    @Test(arguments: [1, 2], [1, 2])
    func `a port in use is refused with its address, also to servers that would share it`(
        firstLoops: Int,
        secondLoops: Int
    ) async throws {
        try await withServer(loopCount: firstLoops, handler: name) { port, _ in
            let error = await #expect(throws: HTTPServerError.self) {
                try await withServer(configure: { $0.port = port }, loopCount: secondLoops, handler: name) {
                    _,
                    _ in
                }
            }
            #expect(error.map { "\($0)" } == "cannot listen on 127.0.0.1:\(port): Address already in use")
        }
    }

    @Test func `a port is free again at once`() async throws {
        let port = try await withServer(handler: name) { port, _ in
            let client = try RawClient(port: port)
            client.send(get())
            #expect(try await client.readResponse().status == 200)
            return port
        }
        try await withServer(configure: { $0.port = port }, loopCount: 2, handler: name) { again, _ in
            #expect(again == port)
        }
    }

    @Test(arguments: [
        (
            "example.com", 0,
            "cannot listen on example.com:0: the host is not a numeric address such as 127.0.0.1 or ::1"
        ),
        ("127.0.0.1", 65_536, "cannot listen on 127.0.0.1:65536: the port is not between 0 and 65535"),
        ("192.0.2.1", 0, "cannot listen on 192.0.2.1:0: Cannot assign requested address"),
        ("2001:db8::1", 0, "cannot listen on [2001:db8::1]:0: Cannot assign requested address"),
    ])
    func `an address that cannot be listened on is named with the reason`(
        _ host: String,
        _ port: Int,
        _ text: String
    ) async throws {
        let configure = { (configuration: inout ServerConfiguration) in
            (configuration.host, configuration.port) = (host, port)
        }
        let error = await #expect(throws: HTTPServerError.self) {
            try await withServer(configure: configure, handler: name) { _, _ in }
        }
        #expect(error.map { "\($0)" } == text)
    }

    @Test func `the peer's address is known`() async throws {
        try await withServer(handler: { $0.respond(.text(200, $0.request.peer)) }) { port, _ in
            let client = try RawClient(port: port)
            client.send(get())
            #expect(try await client.readResponse().text == "127.0.0.1")
        }
    }
}
