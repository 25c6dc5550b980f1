import Bytes
package import HTTP
import JSON

/// What a POST to the endpoint is, and so who serves it.
///
/// The body decides the era and the headers are checked against it. Everything about the message itself is
/// settled here; what needs the catalog (the tool, its header parameters) or a session is the caller's.
package enum Inbound: Sendable {
    /// Answered as it is; nothing is dispatched.
    case rejected(Rejection)
    /// A modern notification: 202 without a body, and dropped.
    case accepted
    /// A request that passed the modern ladder; its method is one that is served.
    case modern(RPCMessage)
    /// A legacy message of any kind. Its version is its session's, else `headerVersion`, else `.assumed`.
    ///
    /// Requests have sound `params`. A notification or a response is answered with 202 once its session is
    /// checked.
    case legacy(RPCMessage, headerVersion: ProtocolVersion?)
    /// Several legacy messages in one array, `initialize` not among them.
    ///
    /// The caller finds out the version as for `.legacy` and refuses with `Rejection.batch(_:)` when that
    /// version has no batches (`ProtocolVersion.mayBatch`). Requests in it may have faulty `params`: see
    /// `RPCMessage.fault`.
    case batch([RPCMessage], headerVersion: ProtocolVersion?)

    /// The most messages that one array may hold.
    package static let batchCountMax = 100

    /// Classifies a POST. O(n) in its bytes; allocates nothing for a sound request other than a batch.
    ///
    /// `Host`, `Origin`, authentication and the HTTP method are checked before.
    package static func classify(_ request: Request) -> Inbound {
        InboundLadder(request).classify(request.bytes.span)
    }

    /// Why a POST of which only the head is there will be refused whatever its body says; nil when that depends on it.
    package static func headRefusal(_ head: Request) -> Rejection? {
        InboundLadder(head).headRefusal(head.bytes.span)
    }

    /// Whether the header of the modern era says that a POST is no call; its body may still say otherwise.
    package static func announcesOtherThanCall(_ head: Request) -> Bool {
        let bytes = head.bytes.span
        guard let method = head.head.fields.first(.mcpMethod) else { return false }
        if bytes.equals(method, "tools/call") { return false }
        return !bytes.equals(method, "prompts/get") && !bytes.equals(method, "resources/read")
            && !bytes.equals(method, "completion/complete")
    }

    /// Whether the version header names a served modern version. For GET and DELETE: those answer it with
    /// 405.
    package static func namesModernVersion(_ request: Request) -> Bool {
        let bytes = request.bytes.span
        guard let version = request.head.fields.first(.mcpProtocolVersion) else { return false }
        return ProtocolVersion(bytes, version)?.isModern == true
    }

    /// The version that a legacy GET names in its header, nil when it names none; or why no stream is opened for it.
    package static func openStream(_ request: Request) -> Result<ProtocolVersion?, Rejection> {
        InboundLadder(request).openStream(request.bytes.span)
    }
}

/// An answer that ends a request before anything is dispatched.
package struct Rejection: Sendable, Equatable {
    package let status: Int
    package let error: RPCError
    /// The request's raw id in its bytes, when it could be read.
    package let id: Range<Int>?
    /// Which era's form the answer takes.
    package let isModern: Bool

    package init(status: Int, error: RPCError, id: Range<Int>?, isModern: Bool) {
        self.status = status
        self.error = error
        self.id = id
        self.isModern = isModern
    }

    /// With the status that the code calls for.
    package init(_ error: RPCError, id: Range<Int>?, isModern: Bool) {
        self.init(status: error.code.httpStatus(isModern: isModern), error: error, id: id, isModern: isModern)
    }

    /// The refusal of an array where the session's version has no batches.
    package static func batch(_ version: ProtocolVersion) -> Rejection {
        Rejection(
            RPCError(
                .invalidRequest,
                "Protocol version \(version.rawValue) has no batches; send one message."
            ),
            id: nil,
            isModern: version.isModern
        )
    }
}

extension Rejection: Error {}

extension RPCMessage {
    /// Why this request can't be dispatched, judged by its own `params`; nil for notifications and responses.
    package var fault: RPCError? { isRequest ? paramsFault() : nil }
}
