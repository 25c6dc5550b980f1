// HTTPServer: a strict HTTP/1.1 server over event loops; handlers are called on the connection's loop, with or without a
// task.
//
//   Depends on   EventLoop, Sockets, HTTP, Bytes, CLinux
//   Used by      Server, LocalLambda
//   Start at     HTTPServer.start(), RequestHandler, TaskHandler; ServerMachine decides, Connection does

import CLinux
package import EventLoop
import Glibc
package import HTTP
package import Sockets
import Synchronization

/// What answers requests. One instance per loop; called on that loop's thread.
package protocol RequestHandler: AnyObject {
    /// Judges a request whose head is there and whose body has to be waited for: what will be refused whatever the body
    /// says is refused now, and nothing of the body is kept.
    ///
    /// Not called for a request that arrives whole. `serve` decides anew, by the state of its moment; so this should
    /// take nothing that a request takes once. The head's bytes must not be kept.
    func screen(_ head: Request) -> HeadVerdict

    /// Takes one request and returns at once: exactly one `respond`, or one `startStream`, follows on the loop, now or
    /// later. The client waits until then.
    func serve(_ exchange: Exchange)
}

/// A handler that gives each request a task.
package protocol TaskHandler: RequestHandler {
    /// Answers one request, as `serve` does. Returning without an answer sends a 500.
    func handle(_ exchange: Exchange) async
}

extension TaskHandler {
    package func serve(_ exchange: Exchange) {
        let handler = LoopBound<any TaskHandler>(self, on: exchange.loop)
        exchange.respondLater { await handler.value.handle($0) }
    }
}

extension RequestHandler {
    /// Every body is read, up to the listener's bound.
    package func screen(_ head: Request) -> HeadVerdict { .proceed() }
}

/// What becomes of a request of which only the head is there.
package enum HeadVerdict: Sendable {
    /// Its body is read, up to so many bytes, at the cost of that payer; nil is the peer.
    case proceed(bodyBytesMax: Int = .max, payer: BufferPayer? = nil)
    /// It is answered so, and the connection closed: what arrives of the body is dropped.
    case respond(Response)
    /// The connection isn't read until this says one of the other two. It gets a head of its own, on the loop.
    case wait(@Sendable (Request) async -> HeadVerdict)
}

/// One listening address, served by one or more loops.
///
/// With several loops each has a listening socket of its own on the same port (SO_REUSEPORT), and a connection stays
/// on the loop that accepted it. `start`, `drain` and `stop` may be called from any task.
package final class HTTPServer: Sendable {
    package let configuration: ServerConfiguration
    private let tls: TLSContextBox?
    private let loops: [EventLoop]
    private let listeners = Locked<[LoopBound<Listener>]>([])
    private let makeHandler: @Sendable (EventLoop) -> any RequestHandler

    /// - Parameters:
    ///   - configuration: the address and the bounds.
    ///   - loops: at least one; already running.
    ///   - tls: nil for plain HTTP; replacing the box's context applies to connections accepted from then on.
    ///   - makeHandler: called once per loop.
    package init(
        configuration: ServerConfiguration,
        loops: [EventLoop],
        tls: TLSContextBox? = nil,
        makeHandler: @escaping @Sendable (EventLoop) -> any RequestHandler
    ) {
        precondition(!loops.isEmpty, "a server needs a loop")
        self.configuration = configuration
        self.loops = loops
        self.tls = tls
        self.makeHandler = makeHandler
    }

    /// Binds, listens and accepts on every loop.
    /// - Returns: the port, chosen by the system when the configuration says 0.
    /// - Throws: when the address is not numeric or cannot be bound; nothing listens then.
    package func start() async throws(HTTPServerError) -> Int {
        let table = ConnectionTable(configuration)
        var port = configuration.port
        var started: [LoopBound<Listener>] = []
        for loop in loops {
            do throws(HTTPServerError) {
                let listener = try await startListener(on: loop, port: port, isFirst: started.isEmpty, table)
                started.append(listener)
                port = await listener.run { $0.port }
            } catch {
                for listener in started { await listener.run { $0.closeNow() } }
                throw error
            }
        }
        let all = started
        listeners.withLock { $0 = all }
        return port
    }

    private func startListener(
        on loop: EventLoop,
        port: Int,
        isFirst: Bool,
        _ table: ConnectionTable
    ) async throws(HTTPServerError) -> LoopBound<Listener> {
        let refusedMax = max(1, configuration.refusedMax / loops.count)
        let shared = loops.count > 1
        let (configuration, tls, makeHandler) = (configuration, tls, makeHandler)
        return try await LoopBound.make(on: loop) { () throws(HTTPServerError) in
            try Listener(
                loop: loop,
                configuration: configuration,
                port: port,
                reusePort: shared,
                mustBeFree: isFirst,
                table: table,
                refusedMax: refusedMax,
                tls: tls,
                handler: makeHandler(loop)
            )
        }
    }

    /// Stops accepting, lets requests in flight finish, ends streams gracefully, then closes what is left.
    /// - Parameter limit: how long requests in flight may take; 0 closes at once.
    package func drain(within limit: Duration) async {
        let listeners = listeners.withLock { $0 }
        await withTaskGroup(of: Void.self) { group in
            for listener in listeners {
                group.addTask { await listener.run { await $0.drain(within: limit) } }
            }
        }
    }

    /// Closes everything at once.
    package func stop() async { await drain(within: .zero) }

    /// Connections open now, over all loops.
    package func connectionCount() async -> Int {
        var count = 0
        for listener in listeners.withLock({ $0 }) { count += await listener.run { $0.connectionCount } }
        return count
    }
}

/// An address that could not be listened on.
package struct HTTPServerError: Error, Equatable, CustomStringConvertible {
    /// `host:port` as configured.
    package let address: String
    package let reason: String

    package var description: String { "cannot listen on \(address): \(reason)" }
}
