import Bytes
import EventLoop
import HTTP
import JSON
import Policy
import Synchronization

/// The calls in flight of one loop that `notifications/cancelled` may name: legacy calls with a session. Loop thread only.
///
/// A call is found by its session and its id together, so that no client can cancel another's.
final class SessionCalls {
    /// The name of a call.
    struct Name: Hashable, Sendable {
        /// The authentication code of the session's id.
        let session: SessionCode
        /// A string's text after a quote, or a number as it is spelled.
        let id: [UInt8]

        /// - Parameter id: a raw JSON string or number.
        /// - Returns: nil for an id that is too long to be remembered.
        init?(session: SessionCode, id: Range<Int>, in bytes: Span<UInt8>) {
            guard id.count <= SessionCalls.idBytesMax else { return nil }
            self.session = session
            self.id =
                JSONName(bytes, at: id).map { [UInt8(ascii: "\"")] + $0.text(in: bytes).utf8 }
                ?? id.map { bytes[$0] }
        }
    }

    /// The most bytes of an id.
    static let idBytesMax = 256
    /// The most calls; further ones can't be cancelled.
    static let callsMax = 16_384

    private var calls: [Name: Cancellation] = [:]

    /// How many calls may be cancelled.
    var count: Int { calls.count }

    /// Remembers a call until it ends.
    /// - Returns: false when there is no room, or when the session has a call of this id already.
    func began(_ name: Name, _ cancellation: Cancellation) -> Bool {
        guard calls.count < Self.callsMax, calls[name] == nil else { return false }
        calls[name] = cancellation
        return true
    }

    func ended(_ name: Name) { calls[name] = nil }

    /// Cancels the call of that name.
    /// - Returns: whether there is one.
    func cancel(_ name: Name) -> Bool {
        guard let cancellation = calls[name] else { return false }
        // The call ends within this, and so leaves the table.
        cancellation.cancel()
        return true
    }
}

/// Passes the cancellation of a call on to the loops that may have it, as the client's notification may arrive on
/// another connection than the call. Any thread.
package final class CancelRelay: Sendable {
    private let loops = Locked<[LoopBound<SessionCalls>]>([])

    package init() {}

    func add(_ calls: SessionCalls, on loop: EventLoop) {
        let calls = LoopBound(calls, on: loop)
        loops.withLock { $0.append(calls) }
    }

    /// Cancels the call of that name on all loops but one.
    func cancel(_ name: SessionCalls.Name, except loop: EventLoop) {
        for calls in loops.withLock({ $0 }) where calls.loop !== loop {
            calls.execute { _ = $0.cancel(name) }
        }
    }
}

/// The client of a call that may be cancelled by its name: takes the call out of the table when it is answered. Loop
/// thread only.
final class NamedCaller: AgentClient {
    let callCancellation: Cancellation?
    private let client: any AgentClient
    private let name: SessionCalls.Name
    var session: SessionCode { name.session }

    init(_ client: any AgentClient, _ name: SessionCalls.Name, _ cancellation: Cancellation) {
        self.client = client
        self.name = name
        callCancellation = cancellation
    }

    func beginEvents(from endpoint: AgentEndpoint) -> (any EventSink)? { client.beginEvents(from: endpoint) }

    func receive(_ answer: consuming AgentAnswer, from endpoint: AgentEndpoint) {
        endpoint.sessionCalls.ended(name)
        client.receive(answer, from: endpoint)
    }
}
