import Bytes
import EventLoop
import HTTP
import HTTPServer
import JSON
import OAuth
import Synchronization
import TestSupport

/// An authorization server from a resource server's point of view: metadata and keys, which a test changes freely.
final class TestIssuer: Sendable {
    struct State {
        var keys: [JSONValue] = []
        /// Path → a complete answer that replaces the usual one.
        var answers: [String: Response] = [:]
        var cacheControl: String?
        /// The requested paths, in order.
        var asked: [String] = []
        /// While this is set, no request is answered.
        var isSilent = false
    }

    let url: String
    private let state = Locked(State())

    init(url: String) { self.url = url }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    var asked: [String] { state.withLock { $0.asked } }

    func fetches(of path: String) -> Int { asked.count { $0 == path } }

    func answer(_ request: Request) -> Response? {
        let path = request.path
        return state.withLock { state -> Response? in
            state.asked.append(path)
            if state.isSilent { return nil }
            if let answer = state.answers[path] { return answer }
            switch path {
            case "/.well-known/oauth-authorization-server":
                let document: JSONValue = ["issuer": .string(url), "jwks_uri": .string("\(url)/jwks")]
                return Response(status: 200, contentType: .json, body: ByteBuffer(document.text))
            case "/jwks":
                let fields = state.cacheControl.map { [ResponseField("Cache-Control", $0)] } ?? []
                let body = ByteBuffer(SigningKey.set(state.keys))
                return Response(status: 200, contentType: .json, fields: fields, body: body)
            default: return .text(404, "not here\n")
            }
        }
    }
}

/// Runs `body` with an issuer on the loopback.
func withIssuer<T: Sendable>(_ body: (TestIssuer) async throws -> T) async throws -> T {
    let slot = Locked<TestIssuer?>(nil)
    return try await withServer(handler: { exchange in
        guard let issuer = slot.withLock({ $0 }) else { return exchange.respond(.text(500, "too early\n")) }
        if let answer = issuer.answer(exchange.request) {
            exchange.respond(answer)
        } else {
            await withCheckedContinuation { continuation in
                exchange.onDisconnect = { continuation.resume() }
            }
        }
    }) { port, _ in
        let issuer = TestIssuer(url: "http://127.0.0.1:\(port)")
        slot.withLock { $0 = issuer }
        return try await body(issuer)
    }
}
