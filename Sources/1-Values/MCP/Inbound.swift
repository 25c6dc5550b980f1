import Bytes
package import HTTP
import JSON

/// The kind of a POST to the endpoint, which decides who serves it.
///
/// The body decides the era, and the headers are checked against it. Everything about the message itself is decided
/// here; the caller handles what needs the catalog (the tool, its header parameters) or a session.
package enum Inbound: Sendable {
    /// Answered at once; nothing is dispatched.
    case rejected(Rejection)
    /// A modern notification: 202 without a body, and dropped.
    case accepted
    /// A request that passed the modern ladder; its method is served.
    case modern(RPCMessage)
    /// A legacy message of any kind. Its version is its session's, else `headerVersion`, else `.assumed`.
    ///
    /// Requests have valid `params`. A notification or a response is answered with 202 once its session is
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

    /// Classifies a POST. O(n) in its bytes; allocates nothing for a valid request other than a batch.
    ///
    /// `Host`, `Origin`, authentication and the HTTP method must have been checked before.
    package static func classify(_ request: borrowing Request) -> Inbound {
        InboundLadder(request).classify(request.bytes.span)
    }

    /// Why a POST will be refused whatever its body, when only its head has arrived; nil when that depends on the body.
    package static func headRefusal(_ head: borrowing Request) -> Rejection? {
        InboundLadder(head).headRefusal(head.bytes.span)
    }

    /// Whether the modern era's header says that a POST isn't a call; its body may still say otherwise.
    package static func announcesOtherThanCall(_ head: Request) -> Bool {
        let bytes = head.bytes.span
        guard let method = head.head.fields.first(.mcpMethod) else { return false }
        if bytes.equals(method, "tools/call") { return false }
        return !bytes.equals(method, "prompts/get") && !bytes.equals(method, "resources/read")
            && !bytes.equals(method, "completion/complete")
    }

    /// Whether the version header names a served modern version. For GET and DELETE, which are then answered with
    /// 405.
    package static func namesModernVersion(_ request: Request) -> Bool {
        let bytes = request.bytes.span
        guard let version = request.head.fields.first(.mcpProtocolVersion) else { return false }
        return ProtocolVersion(bytes, version)?.isModern == true
    }

    /// The version that a legacy GET names in its header, nil when it names none; or why no stream may be opened for
    /// it.
    package static func openStream(_ request: borrowing Request) -> Result<ProtocolVersion?, Rejection> {
        InboundLadder(request).openStream(request.bytes.span)
    }

    /// The version that a legacy DELETE names in its header, nil when it names none; or why none can be served.
    package static func legacyVersion(_ request: borrowing Request) -> Result<ProtocolVersion?, Rejection> {
        InboundLadder(request).legacyVersion(request.bytes.span)
    }
}

/// An answer that ends a request before anything is dispatched.
package struct Rejection: Sendable, Equatable {
    package let status: Int
    package let error: RPCError
    /// The request's raw id in its bytes, when it could be read.
    package let id: Range<Int>?
    /// Whether the answer takes the modern era's form.
    package let isModern: Bool

    package init(status: Int, error: RPCError, id: Range<Int>?, isModern: Bool) {
        self.status = status
        self.error = error
        self.id = id
        self.isModern = isModern
    }

    /// A rejection with the status that belongs to the error's code.
    package init(_ error: RPCError, id: Range<Int>?, isModern: Bool) {
        self.init(status: error.code.httpStatus(isModern: isModern), error: error, id: id, isModern: isModern)
    }

    /// The refusal of an array when the session's version has no batches.
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
