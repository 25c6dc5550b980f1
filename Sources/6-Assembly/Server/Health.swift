import Bytes
import EventLoop
import HTTP
import JSON
import Synchronization

/// Whether the process is alive, and whether it should be sent work. Any thread.
package final class Health: Service {
    private enum State: Int, Sendable { case starting, ready, draining }

    private let state = Atomic<Int>(State.starting.rawValue)
    private let version: String
    private let storeCheck = Locked<@Sendable () -> Bool>({ true })

    package init(version: String) { self.version = version }

    /// Whether work should be sent. Looks at the store's files, some microseconds.
    package var isReady: Bool {
        state.load(ordering: .relaxed) == State.ready.rawValue && isStoreInPlace
    }

    private var isStoreInPlace: Bool { storeCheck.withLock { $0 }() }

    /// - Parameter isInPlace: whether the store's path leads to the open file.
    package func check(store isInPlace: @escaping @Sendable () -> Bool) {
        storeCheck.withLock { $0 = isInPlace }
    }

    package let name = "health"

    /// Ready for work, now that all other services are open.
    package func open() async throws(StartFailure) { becameReady() }

    package func drain(until deadline: ContinuousClock.Instant) async { startedDraining() }

    /// A snapshot is loaded and every listener is open.
    package func becameReady() { state.store(State.ready.rawValue, ordering: .relaxed) }

    /// No new work from now on.
    package func startedDraining() { state.store(State.draining.rawValue, ordering: .relaxed) }

    /// The answer to a health path; nil for any other path.
    func answer(_ request: Request) -> Response? {
        let path = request.head.path
        let bytes = request.bytes.span
        guard request.head.method == .get || request.head.method == .head else { return nil }
        if bytes.equals(path, "/healthz") || bytes.equals(path, "/livez") { return .text(200, "ok\n") }
        if bytes.equals(path, "/readyz") { return isReady ? .text(200, "ready\n") : .text(503, "\(word)\n") }
        if bytes.equals(path, "/health") { return summary() }
        return nil
    }

    /// Why it isn't ready. Open to all, so no path is in it.
    private var word: String {
        switch state.load(ordering: .relaxed) {
        case State.starting.rawValue: "starting"
        case State.draining.rawValue: "draining"
        default: isStoreInPlace ? "ready" : "the store's file was removed or replaced; see the log"
        }
    }

    private func summary() -> Response {
        let isReady = isReady
        let value: JSONValue = ["status": .string(isReady ? "ok" : word), "version": .string(version)]
        var body = ByteBuffer()
        value.write(to: &body)
        body.append("\n")
        return Response(status: isReady ? 200 : 503, contentType: .json, body: body)
    }
}
