package import JSON

/// One JSON-RPC message, read once and kept as ranges into the bytes that hold it.
///
/// Reading allocates nothing for a valid `tools/call`. The owner keeps the bytes; every range counts from their start.
/// Source: JSON-RPC 2.0 §4, the protocol's "Messages" and "_meta".
package struct RPCMessage: Sendable {
    package enum Kind: Sendable, Equatable {
        case request, notification, response
    }

    package internal(set) var kind = Kind.request
    package internal(set) var method = MCPMethod.unknown
    /// The method's own spelling, needed when `method` is `.unknown`.
    @CompactName package internal(set) var methodName: JSONName?
    /// The raw id, a string with its quotes or an integer; nil on a notification.
    @CompactRange package internal(set) var id: Range<Int>?
    /// The raw object.
    @CompactRange package internal(set) var params: Range<Int>?

    /// `params.name`, when it is a string.
    package var name: JSONName? { nameValue?.name }
    /// `params.uri`, when it is a string.
    package var uri: JSONName? { uriValue?.name }
    /// `params.arguments`, the raw object; nil when absent or null.
    @CompactRange package internal(set) var arguments: Range<Int>?
    /// `params.cursor`, when it is a string; `""` is a cursor.
    @CompactName package internal(set) var cursor: JSONName?
    /// `params._meta`, the raw object.
    @CompactRange package internal(set) var meta: Range<Int>?

    /// `params._meta["io.modelcontextprotocol/protocolVersion"]`, when it is a string.
    @CompactName package internal(set) var claimedVersion: JSONName?
    /// `params._meta["io.modelcontextprotocol/clientCapabilities"]`, the raw object.
    @CompactRange package internal(set) var clientCapabilities: Range<Int>?
    /// `params._meta["io.modelcontextprotocol/clientInfo"]`, the raw object.
    @CompactRange package internal(set) var clientInfo: Range<Int>?
    /// `params._meta["io.modelcontextprotocol/logLevel"]`, raw and of whatever type, unless it is null.
    @CompactRange package internal(set) var logLevel: Range<Int>?
    /// `params._meta.progressToken`, raw: a string with its quotes or an integer.
    @CompactRange package internal(set) var progressToken: Range<Int>?
    /// `params._meta.traceparent` and `tracestate`, when they are strings.
    @CompactName package internal(set) var traceparent: JSONName?
    @CompactName package internal(set) var tracestate: JSONName?

    /// Of a response the raw `result`, or `error` when it has one that isn't null; else nil.
    @CompactRange package internal(set) var outcome: Range<Int>?
    /// Whether `outcome` is an error.
    package internal(set) var outcomeIsError = false

    /// Whether the message claims the modern era: its `_meta` has the version key, of whatever type.
    package internal(set) var isModernClaim = false
    /// Whether `params` has `inputResponses` or `requestState`: then the answer must not be shared or kept.
    package internal(set) var continuesEarlierCall = false

    // Values that are checked only once the method and the era are known.
    var nameValue: Mirrored?
    var uriValue: Mirrored?
    var taskIDValue: Mirrored?
    var argumentsFault = false
    var cursorFault = false
    /// The fault in `_meta`; nil when it is valid or absent.
    var metaFault: StaticString?

    /// A member that a header must mirror.
    struct Mirrored: Sendable {
        /// nil when the value isn't a string.
        @CompactName var name: JSONName?

        init(name: JSONName?) { self.name = name }
    }

    package var isRequest: Bool { kind == .request }
    package var isResponse: Bool { kind == .response }

    init() {}
}

/// Why a message can't be served, with what is needed to answer it.
package struct RPCFault: Error, Sendable, Equatable {
    package let error: RPCError
    /// The raw id, when it could be read.
    package let id: Range<Int>?
    /// Whether the message claims the modern era, as far as it could be read.
    package let isModernClaim: Bool
}
