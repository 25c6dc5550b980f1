import EventLoop
package import HTTPServer
package import TLS

/// A handler made of a closure.
package final class ClosureHandler: RequestHandler {
    private let body: @Sendable (Exchange) async -> Void

    package init(_ body: @escaping @Sendable (Exchange) async -> Void) { self.body = body }

    package func handle(_ exchange: Exchange) async { await body(exchange) }
}

/// Runs a server on a loop of its own while `body` runs; `body` gets its port.
@discardableResult
package func withServer<T: Sendable>(
    configure: (inout ServerConfiguration) -> Void = { _ in },
    tls: TLSContextBox? = nil,
    handler: @escaping @Sendable (Exchange) async -> Void,
    _ body: (_ port: Int, _ server: HTTPServer) async throws -> T
) async throws -> T {
    var configuration = ServerConfiguration(host: "127.0.0.1", port: 0)
    configure(&configuration)
    let loop = try EventLoop(name: "test-server")
    try loop.start()
    let server = HTTPServer(configuration: configuration, loops: [loop], tls: tls) { _ in ClosureHandler(handler) }
    let outcome: Result<T, any Error>
    do {
        let port = try await server.start()
        outcome = .success(try await body(port, server))
    } catch {
        outcome = .failure(error)
    }
    await server.stop()
    loop.stop()
    loop.join()
    return try outcome.get()
}
