package import Bytes
package import MCP

/// How one contract is spoken: what a function is sent, and how its answer is read. One type a contract, in the folder
/// of its name; `Contract` chooses among them with a switch, so that a call pays for no more than that.
///
/// The HTTP contracts share `HTTPEventContract`, which is told where the request goes beside all this, and so has forms of its
/// own for the same four things.
package protocol ContractForm: Sendable {
    /// How the tools of a target become known.
    static var discovery: ContractDiscovery { get }

    /// Appends the payload that asks for a page of one kind. Nothing for a contract whose tools are declared.
    /// - Parameters:
    ///   - cursor: an earlier answer's `nextCursor`.
    ///   - id: the gateway's own.
    static func appendListPayload(
        _ kind: CatalogKind,
        cursor: String?,
        id: Int,
        to out: inout ByteBuffer
    )

    /// Appends the payload of a call, and says what goes into the client context.
    /// - Throws: `.tooLarge` when Lambda would refuse what this call carries.
    static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) throws(ContractError)

    /// Reads what a function answered to a call. Never fails: what can't be used is said in words.
    static func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>) -> CallAnswer
}

/// How the tools of a target become known.
package enum ContractDiscovery: Sendable {
    /// The function lists them.
    case asked
    /// The operator says: asking would run the function.
    case declared
}
