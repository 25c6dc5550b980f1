package import Bytes
package import MCP

/// How one contract is spoken: what a function is sent, and how its answer is read. One type per contract, in the
/// folder of its name; `Contract` chooses among them with a switch, so that a call pays for that switch alone.
///
/// The HTTP contracts share `HTTPEventContract`. It also needs to know where the request goes, and so has its own
/// versions of the same four members.
package protocol ContractForm: Sendable {
    /// How the gateway learns the tools of a target.
    static var discovery: ContractDiscovery { get }

    /// Appends the payload that asks for a page of one kind. Nothing for a contract whose tools are declared.
    /// - Parameters:
    ///   - cursor: an earlier answer's `nextCursor`.
    ///   - id: the gateway's own id.
    static func appendListPayload(
        _ kind: CatalogKind,
        cursor: String?,
        id: Int,
        to out: inout ByteBuffer
    )

    /// Appends the payload of a call, and sets what goes into the client context.
    /// - Throws: `.tooLarge` when Lambda would refuse what this call carries.
    static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) throws(ContractError)

    /// Reads what a function answered to a call. Never fails: an answer that can't be used becomes a message.
    static func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer
}

/// How the gateway learns the tools of a target.
package enum ContractDiscovery: Sendable {
    /// The function lists them.
    case asked
    /// The operator declares them: asking would run the function.
    case declared
}
