package import HTTP
import MCP
import Policy

/// The answer to a request to the MCP endpoint.
package enum AgentAnswer {
    case whole(Response)
    /// A stream of events: attach it to the connection.
    case stream(StreamOpening)
    /// The rest of a stream: attach it to the connection.
    case resumed(ResumedStream)
    /// Nothing more: all went out as events (`AgentClient.beginEvents`).
    case told
}

/// A stream that was granted and is not attached yet. It holds a place within the bounds, which becomes free again if
/// the opening is released without being attached.
package final class StreamOpening {
    /// The response's fields beside its type, which is `text/event-stream`. They ask proxies not to buffer events.
    package static let fields = [
        ResponseField("Cache-Control", "no-store"), ResponseField("X-Accel-Buffering", "no"),
    ]

    let form: StreamForm
    let identity: StreamIdentity
    let place: StreamPlace
    /// The legacy session that the stream belongs to, if it has one.
    let session: SessionMark?
    /// What polls for this stream need; nil where nothing will be watched.
    let polling: StreamPolling?
    private let hub: StreamHub

    init(
        _ form: StreamForm,
        _ identity: StreamIdentity,
        _ place: StreamPlace,
        _ session: SessionMark?,
        _ polling: StreamPolling?,
        in hub: StreamHub
    ) {
        self.form = form
        self.identity = identity
        self.place = place
        self.session = session
        self.polling = polling
        self.hub = hub
    }

    /// Starts the stream, which the loop's hub manages from now on. Call this once, at once, on the endpoint's loop.
    package func attach(to sink: any EventSink) { hub.add(self, sink) }
}

/// The form of a stream, which differs between the two eras.
enum StreamForm {
    /// The answer to `subscriptions/listen`: the request's id as raw JSON, and its filter.
    case listen(id: [UInt8], ListenFilter)
    /// The answer to a GET; `tellsRetry` says whether its client gets the time after which to reconnect.
    case legacy(tellsRetry: Bool)
}
