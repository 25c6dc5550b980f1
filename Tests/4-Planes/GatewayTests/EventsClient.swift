import EventLoop
import Gateway
import HTTP
import JSON

/// A client that takes events before its result. One loop's thread only.
final class EventsClient: AgentClient {
    let callCancellation: Cancellation?
    let sink = FakeSink()
    /// Whether the answer became a stream of events.
    private(set) var hasBegun = false
    /// Whether the stream was told to be at its end.
    private(set) var isTold = false
    /// A whole answer.
    private(set) var reply: Reply?

    private var waiting: UnsafeContinuation<Void, Never>?

    init(_ cancellation: Cancellation? = Cancellation()) { callCancellation = cancellation }

    func beginEvents(from endpoint: AgentEndpoint) -> (any EventSink)? {
        precondition(!hasBegun, "a second stream of events for one request")
        hasBegun = true
        return sink
    }

    func receive(_ answer: consuming AgentAnswer, from endpoint: AgentEndpoint) {
        if case .told = answer { isTold = true } else { reply = Reply(answer) }
        waiting?.resume()
        waiting = nil
    }

    /// Waits for the end of the answer.
    func told() async { if !isTold, reply == nil { await withUnsafeContinuation { waiting = $0 } } }

    /// The messages that were sent as events.
    var messages: [JSONValue] {
        sink.pieces.joined().split(separator: "\n\n").compactMap { event in
            let lines = event.split(separator: "\n").filter { !$0.hasPrefix("id: ") }
            guard lines.count == 2, lines[0] == "event: message", lines[1].hasPrefix("data: ") else {
                return nil
            }
            return try? JSONValue(parsing: String(lines[1].dropFirst(6)))
        }
    }

    /// The ids of the events, in order.
    var eventIDs: [String] { sink.eventIDs }

    /// The methods of the messages; `result` or `error` for the last one.
    var methods: [String] {
        messages.map { message in
            message["method"]?.stringValue ?? (message["result"] != nil ? "result" : "error")
        }
    }
}
