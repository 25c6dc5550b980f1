package import Bytes
import JSON

/// Writes the content of an open stream: server-sent events, each with one JSON-RPC message, and comments.
///
/// A subscription is identified by the raw JSON id of its `subscriptions/listen` request, so the id keeps its type; a
/// stream of the legacy era has no subscription. Only events of legacy calls have ids: all others are never sent a second time.
/// Source: HTML "Server-sent events" §9.2.6; MCP 2026-07-28, basic/patterns/subscriptions.
package enum EventStream {
    /// A comment, which every reader ignores and every middlebox takes as a sign of life.
    package static func appendKeepAlive(to out: inout ByteBuffer) { out.append(":\n\n") }

    /// How long a client waits before it reopens a stream that ended, in milliseconds. It lets clients that give up
    /// after two tries survive a restart.
    package static let retryMs = 5000

    /// The first event of a legacy stream: no message, but how long to wait before the stream is reopened. Only for
    /// clients from 2025-11-25 on, which know events without data. Source: MCP 2025-11-25 transports, "Sending
    /// Messages".
    package static func appendRetry(to out: inout ByteBuffer) {
        out.append("retry: ")
        out.append(decimal: retryMs)
        out.append("\n\n")
    }

    /// The first message of a subscription: the part of the request that will be sent.
    package static func appendAcknowledgement(
        _ honoured: ListenFilter,
        subscription: [UInt8],
        to out: inout ByteBuffer
    ) {
        beginEvent(&out)
        out.append(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\",\"params\":{"
        )
        out.append("\"_meta\":{")
        appendSubscription(subscription, to: &out)
        out.append("},\"notifications\":{")
        honoured.lists.appendFilter(to: &out)
        if !honoured.resources.isEmpty {
            JSON.appendKey("resourceSubscriptions", to: &out)
            out.append("[")
            for uri in honoured.resources {
                JSON.appendSeparator(to: &out)
                JSON.appendString(uri, to: &out)
            }
            out.append("]")
        }
        out.append("}}}")
        endEvent(&out)
    }

    /// A list has changed. `subscription` is nil in the legacy era.
    /// - Parameter list: one alone.
    package static func appendListChanged(
        _ list: ListChanges,
        subscription: [UInt8]?,
        to out: inout ByteBuffer
    ) {
        beginEvent(&out)
        out.append("{\"jsonrpc\":\"2.0\",\"method\":\"")
        out.append(list.notification)
        out.append("\"")
        if let subscription {
            out.append(",\"params\":{\"_meta\":{")
            appendSubscription(subscription, to: &out)
            out.append("}}")
        }
        out.append("}")
        endEvent(&out)
    }

    /// A resource has changed. `subscription` is nil in the legacy era.
    /// - Parameter uri: as the client wrote it.
    package static func appendResourceUpdated(
        _ uri: String,
        subscription: [UInt8]?,
        to out: inout ByteBuffer
    ) {
        beginEvent(&out)
        out.append("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/updated\",\"params\":{")
        if let subscription {
            out.append("\"_meta\":{")
            appendSubscription(subscription, to: &out)
            out.append("}")
        }
        JSON.appendKey("uri", to: &out)
        JSON.appendString(uri, to: &out)
        out.append("}}")
        endEvent(&out)
    }

    /// The last message of a subscription that the server ends: the answer to its request.
    package static func appendListenResult(
        subscription: [UInt8],
        _ identity: ServerIdentity,
        to out: inout ByteBuffer
    ) {
        beginEvent(&out)
        RPCWriter.openResult(id: 0..<subscription.count, in: subscription.span, to: &out)
        out.append("{\"resultType\":\"complete\",\"_meta\":{")
        appendSubscription(subscription, to: &out)
        identity.appendMetaMember(to: &out)
        out.append("}}")
        RPCWriter.closeResult(to: &out)
        endEvent(&out)
    }

    /// The first event of a call's stream to which its client can come back: no message, but an id to come back to, and how long
    /// to wait first. Only for clients from 2025-11-25 on. Source: MCP 2025-11-25 transports, "Sending Messages"
    /// - Parameter id: without line breaks.
    package static func appendPriming(id: String, to out: inout ByteBuffer) {
        out.append("id: ")
        out.append(id)
        out.append("\nretry: ")
        out.append(decimal: comeBackMs)
        out.append("\ndata: \n\n")
    }

    /// How long a client waits before it comes back to a call's stream, in milliseconds.
    package static let comeBackMs = 1000

    /// One JSON-RPC message, on one line.
    /// - Parameter id: of the event, without line breaks; nil for none.
    package static func appendMessage(
        _ message: Span<UInt8>,
        id: String? = nil,
        to out: inout ByteBuffer
    ) {
        if let id {
            out.append("id: ")
            out.append(id)
            out.append("\n")
        }
        beginEvent(&out)
        let start = out.count
        out.append(message)
        // A line break between the tokens of JSON is white space; inside a string there is none.
        for index in start..<out.count where out.bytes[index] == 10 || out.bytes[index] == 13 {
            out.bytes[index] = UInt8(ascii: " ")
        }
        endEvent(&out)
    }

    /// A message holds no line break, so one `data` line is enough.
    private static func beginEvent(_ out: inout ByteBuffer) { out.append("event: message\ndata: ") }

    private static func endEvent(_ out: inout ByteBuffer) { out.append("\n\n") }

    private static func appendSubscription(_ id: [UInt8], to out: inout ByteBuffer) {
        JSON.appendKey("io.modelcontextprotocol/subscriptionId", to: &out)
        out.append(contentsOf: id)
    }
}
