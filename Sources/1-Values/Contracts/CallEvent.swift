package import Bytes
package import MCP

/// What one invocation carries to its function.
package struct CallEvent: Sendable {
    /// The event.
    package var payload: ByteBuffer
    /// JSON that the function gets as `context.client_context`; at most `clientContextBytesMax`. `nil` when there is
    /// none, which costs nothing.
    package var clientContext: ByteBuffer?

    /// The most bytes of a client context: Lambda accepts 3,583 bytes of Base64, which has four for every three begun.
    package static let clientContextBytesMax = 3_583 / 4 * 3

    package init(payload: ByteBuffer, clientContext: ByteBuffer? = nil) {
        self.payload = payload
        self.clientContext = clientContext
    }

    /// Checks that Lambda would accept the client context.
    /// - Throws: `.tooLarge`, with a message for the agent.
    package func checkClientContext() throws(ContractError) {
        guard let count = clientContext?.count, count > Self.clientContextBytesMax else { return }
        throw .tooLarge(
            "The call can't be sent: its client context has \(count) bytes, and Lambda "
                + "takes \(Self.clientContextBytesMax). The operator must give the target or the tool a shorter name."
        )
    }
}

/// The content of a call. Ranges lie in the client's message, which is validated.
package struct CallContent: Sendable {
    /// The tool's own name, without the target.
    package var tool: String
    /// The target's name.
    package var target: String
    /// The raw JSON object of arguments; `nil` when there are none.
    package var arguments: Range<Int>?
    /// The raw `_meta` object.
    package var meta: Range<Int>?
    /// The id of the message to the function: the gateway's own, unique on its connection.
    package var id: Int
    /// Where the request goes and in which session, for contracts whose events are HTTP requests.
    package var http: HTTPExchange?
    /// The headers that repeat arguments, for a function that is spoken to in a version that has them.
    package var mirrored: [MirroredHeader] = []
    /// The raw id of the client's message, a string with its quotes or a number, for contracts that send it.
    package var messageID: Range<Int>?
    /// The gateway's id of the call, for contracts that send it.
    package var callID: CallID?
    /// The caller, when the target wants to know it.
    package var caller: CallerIdentity?
    /// The trace that the function continues; nil when there is none, or the client's own trace members are passed on
    /// unchanged.
    package var trace: ToldTrace?
    /// What the caller can be asked for and what it answered, for contracts that carry it (`Contract.carriesInput`).
    package var input: CallerInput?
    /// The lowest level of log messages that the caller hears; nil for none. Only functions that stream can send any.
    package var level: LoggingLevel?

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
