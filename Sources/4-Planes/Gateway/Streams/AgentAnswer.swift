package import HTTP
import MCP

/// What a request to the MCP endpoint is answered with.
package enum AgentAnswer {
    case whole(Response)
    /// A stream of events: attach it to the connection.
    case stream(StreamOpening)
}

/// A stream that was granted and is not attached yet. Its place is held; let go of without being attached, it is free
/// again.
package final class StreamOpening {
    /// The response's fields beside its type, which is `text/event-stream`. Proxies are asked not to collect events.
    package static let fields = [
        ResponseField("Cache-Control", "no-store"), ResponseField("X-Accel-Buffering", "no"),
    ]

    let form: StreamForm
    let identity: StreamIdentity
    let place: StreamPlace
    private let hub: StreamHub

    init(_ form: StreamForm, _ identity: StreamIdentity, _ place: StreamPlace, in hub: StreamHub) {
        self.form = form
        self.identity = identity
        self.place = place
        self.hub = hub
    }

    /// Starts the stream; from now on the loop's hub looks after it. Once, on the endpoint's loop, at once.
    package func attach(to sink: any EventSink) { hub.add(self, sink) }
}

/// What the two eras' streams differ in.
enum StreamForm {
    /// The answer to `subscriptions/listen`: its id as raw JSON, and what was asked for.
    case listen(id: [UInt8], ListenFilter)
    /// The answer to a GET; whether its client is to be told how soon it may come back.
    case legacy(tellsRetry: Bool)
}
