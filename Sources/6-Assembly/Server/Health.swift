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
    /// What a start is doing at the moment.
    private let step = Locked("the settings are being looked at")

    package init(version: String) { self.version = version }

    /// Whether work should be sent. Checks the store's files, which takes some microseconds.
    package var isReady: Bool {
        state.load(ordering: .relaxed) == State.ready.rawValue && isStoreInPlace
    }

    private var isStoreInPlace: Bool { storeCheck.withLock { $0 }() }

    /// - Parameter isInPlace: whether the store's path leads to the open file.
    package func check(store isInPlace: @escaping @Sendable () -> Bool) {
        storeCheck.withLock { $0 = isInPlace }
    }

    package let name = "health"
    package let startingWords = "all is open, and work is let in now"

    /// To be called before that service is started or opened.
    func isStarting(_ service: any Service) { step.withLock { $0 = service.startingWords } }

    /// Ready for work: all other services are open by now.
    package func open() async throws(StartFailure) { becameReady() }

    package func drain(until deadline: ContinuousClock.Instant) async { startedDraining() }

    /// To be called when a snapshot is loaded and every listener is open.
    package func becameReady() { state.store(State.ready.rawValue, ordering: .relaxed) }

    /// To be called when no new work is accepted any more.
    package func startedDraining() { state.store(State.draining.rawValue, ordering: .relaxed) }

    /// The answer to a health path; nil for any other path.
    func answer(_ request: Request) -> Response? {
        let path = request.head.path
        let bytes = request.bytes.span
        guard request.head.method == .get || request.head.method == .head else { return nil }
        if bytes.equals(path, "/healthz") || bytes.equals(path, "/livez") { return .text(200, "ok\n") }
        if bytes.equals(path, "/readyz") {
            return reason.map { .text(503, "\($0)\n") } ?? .text(200, "ready\n")
        }
        if bytes.equals(path, "/health") { return summary() }
        return nil
    }

    /// Why the gateway isn't ready, in a sentence; nil when it is. Everybody may read it, so it holds no path.
    package var reason: String? {
        switch state.load(ordering: .relaxed) {
        case State.starting.rawValue: "starting: \(step.withLock { $0 })"
        case State.draining.rawValue: "draining: it finishes what is under way, and takes no new work"
        default: isStoreInPlace ? nil : "the store's file was removed or replaced; see the log"
        }
    }

    private func summary() -> Response {
        let reason = reason
        // `starting` and `draining` are one word; the store's fault has no colon and is kept whole.
        let word = reason.map { $0.prefix { $0 != ":" } } ?? "ok"
        let value: JSONValue = [
            "status": .string(String(word)), "reason": reason.map { .string($0) } ?? .null,
            "version": .string(version),
        ]
        var body = ByteBuffer()
        value.write(to: &body)
        body.append("\n")
        return Response(status: reason == nil ? 200 : 503, contentType: .json, body: body)
    }
}
