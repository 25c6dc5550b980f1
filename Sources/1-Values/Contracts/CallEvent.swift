package import Bytes

/// What one invocation carries to its function.
package struct CallEvent: Sendable {
    /// The event.
    package var payload: ByteBuffer
    /// JSON that the function finds as `context.client_context`; at most `clientContextBytesMax`. `nil` for none, which
    /// costs nothing.
    package var clientContext: ByteBuffer?

    /// The most bytes of a client context: Lambda takes 3,583 of Base64, which has four for every three begun.
    package static let clientContextBytesMax = 3_583 / 4 * 3

    package init(payload: ByteBuffer, clientContext: ByteBuffer? = nil) {
        self.payload = payload
        self.clientContext = clientContext
    }

    /// Whether Lambda would take the client context.
    /// - Throws: `.tooLarge`, in words for the agent.
    package func checkClientContext() throws(ContractError) {
        guard let count = clientContext?.count, count > Self.clientContextBytesMax else { return }
        throw .tooLarge(
            "The call can't be sent: what its function is told beside the arguments has \(count) bytes, and Lambda "
                + "takes \(Self.clientContextBytesMax). The operator must give the target or the tool a shorter name."
        )
    }
}

/// What a call says. Ranges lie in the client's message, which is validated.
package struct CallContent: Sendable {
    /// The tool's own name, without the target.
    package var tool: String
    /// The target's name.
    package var target: String
    /// A raw JSON object; `nil` when there are none.
    package var arguments: Range<Int>?
    /// The raw `_meta` object.
    package var meta: Range<Int>?
    /// The message's id to the function: the gateway's own, unique on its connection.
    package var id: Int
    /// Where the request goes and in which session, for contracts whose events are HTTP requests.
    package var http: HTTPExchange?
    /// The raw id of the client's message, a string with its quotes or a number, for contracts that tell it.
    package var messageID: Range<Int>?
    /// The gateway's id of the call, for contracts that tell it.
    package var callID: CallID?
    /// Who calls, where the target wants to know.
    package var caller: CallerIdentity?
    /// The trace that the function goes on; nil when there is none, or what the client says of it goes on as it is.
    package var trace: ToldTrace?

    package init(
        tool: String,
        target: String,
        arguments: Range<Int>? = nil,
        meta: Range<Int>? = nil,
        id: Int
    ) {
        self.tool = tool
        self.target = target
        self.arguments = arguments
        self.meta = meta
        self.id = id
    }
}
