import EventLoop
package import HTTP
package import HTTPServer
package import Sockets

/// A handler whose two steps are closures.
package final class ClosureHandler: TaskHandler {
    private let judge: @Sendable (Request) -> HeadVerdict
    private let body: @Sendable (Exchange) async -> Void

    package init(
        screen judge: @escaping @Sendable (Request) -> HeadVerdict = { _ in .proceed() },
        _ body: @escaping @Sendable (Exchange) async -> Void
    ) {
        self.judge = judge
        self.body = body
    }

    package func screen(_ head: Request) -> HeadVerdict { judge(head) }

    package func handle(_ exchange: Exchange) async { await body(exchange) }
}

/// Runs a server on loops of its own while `body` runs; `body` gets its port.
///
/// - Parameters:
///   - configure: changes the configuration, which is for 127.0.0.1 and any port.
///   - loopCount: how many loops share the port.
///   - tls: if given, the server speaks TLS only.
///   - screen: gives the verdict on the heads of requests whose bodies haven't arrived yet.
///   - handler: answers the requests of all loops.
///   - body: gets the port and the server.
/// - Returns: what `body` returns, once the server has stopped and its threads have ended.
/// - Throws: what `body` throws, or why the server did not start.
@discardableResult
package func withServer<T: Sendable>(
    configure: (inout ServerConfiguration) -> Void = { _ in },
    loopCount: Int = 1,
    tls: TLSContextBox? = nil,
    screen: @escaping @Sendable (Request) -> HeadVerdict = { _ in .proceed() },
    handler: @escaping @Sendable (Exchange) async -> Void,
    _ body: (_ port: Int, _ server: HTTPServer) async throws -> T
) async throws -> T {
    var configuration = ServerConfiguration(host: "127.0.0.1", port: 0)
    configure(&configuration)
    let loops = try (0..<loopCount).map { try EventLoop(name: "test-server-\($0)") }
    for loop in loops { try loop.start() }
    let server = HTTPServer(configuration: configuration, loops: loops, tls: tls) { _ in
        ClosureHandler(screen: screen, handler)
    }
    let outcome: Result<T, any Error>
    do {
        let port = try await server.start()
        outcome = .success(try await body(port, server))
    } catch {
        outcome = .failure(error)
    }
    await server.stop()
    for loop in loops { loop.stop() }
    for loop in loops { loop.join() }
    return try outcome.get()
}
