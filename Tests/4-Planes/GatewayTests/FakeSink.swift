import Bytes
import EventLoop
import Gateway
import JSON

/// The client's end of a stream, which reads when the test allows it.
final class FakeSink: EventSink, @unchecked Sendable {  // one loop's thread only
    private(set) var isClosed = false
    private(set) var isEnded = false
    var onReady: (() -> Void)?
    var onDisconnect: (() -> Void)?
    var onDrain: (() -> Void)? { didSet { if isDraining { drain() } } }
    private var isDraining = false
    /// While false, the kernel has no room for more.
    var hasRoom = true {
        didSet {
            guard hasRoom else { return }
            pieces += behind
            behind = []
            wake()
            onReady?()
        }
    }
    /// Pieces that wait for room.
    private(set) var behind: [String] = []
    var isBehind: Bool { !behind.isEmpty }
    /// Each piece that was taken, and how many were refused.
    private(set) var pieces: [String] = []
    private(set) var refused = 0
    private var waiting: (count: Int, continuation: UnsafeContinuation<Void, Never>)?

    init() {}

    func writeIfIdle(_ bytes: ByteBuffer) -> Bool {
        guard !isClosed, hasRoom else {
            refused += 1
            return false
        }
        pieces.append(bytes.text)
        wake()
        return true
    }

    /// Whether the next piece finds the client gone.
    var breaksOnWrite = false

    func append(_ bytes: ByteBuffer) {
        guard !isClosed else { return }
        guard !breaksOnWrite else { return disconnect() }
        if hasRoom { pieces.append(bytes.text) } else { behind.append(bytes.text) }
        wake()
    }

    func end(with lastPiece: ByteBuffer) {
        guard !isClosed else { return }
        pieces += behind
        behind = []
        if lastPiece.count > 0 { pieces.append(lastPiece.text) }
        isClosed = true
        isEnded = true
        wake()
    }

    func disconnect() {
        isClosed = true
        let action = onDisconnect
        onDisconnect = nil
        action?()
    }

    func drain() {
        isDraining = true
        guard let action = onDrain else { return }
        onDrain = nil
        action()
    }

    private func wake() {
        guard let waiting, pieces.count >= waiting.count || isEnded else { return }
        self.waiting = nil
        waiting.continuation.resume()
    }

    /// Waits until `count` pieces were taken, or the stream was ended.
    func pieces(_ count: Int) async -> [String] {
        if pieces.count < count, !isEnded { await withUnsafeContinuation { waiting = (count, $0) } }
        return pieces
    }

    /// The ids of the events so far, in order.
    var eventIDs: [String] {
        pieces.joined().split(separator: "\n").compactMap {
            $0.hasPrefix("id: ") ? String($0.dropFirst(4)) : nil
        }
    }

    /// The messages so far, in order, without comments and events without data.
    var messages: [JSONValue] {
        pieces.joined().split(separator: "\n\n").compactMap { event in
            let lines = event.split(separator: "\n").filter { !$0.hasPrefix("id: ") }
            let event = lines.joined(separator: "\n")
            let prefix = "event: message\ndata: "
            guard event.hasPrefix(prefix) else {
                return event.hasPrefix(":") || event.hasPrefix("retry: ") ? nil : .string(String(event))
            }
            return (try? JSONValue(parsing: String(event.dropFirst(prefix.count)))) ?? .string(String(event))
        }
    }

    var methods: [String] { messages.map { $0["method"]?.stringValue ?? "result" } }
}
