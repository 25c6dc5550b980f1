import Bytes
import JSON
package import MCP

/// What a function answered to a call, with the bytes that hold it.
///
/// Ranges point into `bytes`, which are the payload itself, the body that was taken out of it, or a result that was
/// made from another form; every range is one whole, validated JSON value.
package struct CallAnswer: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// A CallToolResult object, whose blocks aren't checked yet. `isError` is what the function said, in whatever
        /// form.
        case result(Range<Int>, isError: Bool)
        /// The function needs input from the client before it can go on: a whole InputRequiredResult, not checked yet.
        case inputRequired(Range<Int>)
        /// The function answered with an error in a form that isn't a result.
        case failed(ToolError)
        /// The answer is not what the contract asks for; the text says why, in a sentence for the agent.
        case unusable(String)
        /// A JSON-RPC error with the function's own code and `data`.
        case protocolError(code: Int, message: String, data: Range<Int>?)
    }

    package let bytes: [UInt8]
    package let kind: Kind
    /// What is known of a `.result`'s members, and need not be read again.
    package let form: ResultForm

    init(_ bytes: [UInt8], _ kind: Kind, form: ResultForm = .unknown) {
        self.bytes = bytes
        self.kind = kind
        self.form = form
    }

    /// Whether only a server of 2026-07-28 answers so: with a `resultType`, or an error that older versions don't have.
    package var isModern: Bool {
        switch kind {
        case .result(let range, _): JSON.member("resultType", of: range, in: bytes.span) != nil
        case .inputRequired: true
        case .protocolError(let code, _, _): (-32022 ... -32020).contains(code)
        case .failed, .unusable: false
        }
    }

    /// Whether it refuses a request because that names the version 2026-07-28. A server behind a standard input that began
    /// with `initialize` does so, and what hands HTTP requests on to it may answer with the status 200.
    package var refusesModern: Bool {
        guard case .protocolError(-32600, let message, _) = kind else { return false }
        return message.contains(HTTPSession.modernVersion)
    }

    /// An answer that is not what the contract asks for.
    init(unusable error: ContractError) {
        self.init([], .unusable("The function's answer can't be used: \(error.description)"))
    }
}

/// A failure that a function reported in its answer.
package struct ToolError: Sendable, Equatable {
    /// For the agent: one line or a few.
    package let text: String
    /// The function's name for its error, e.g. `KeyError`.
    package var type: String?
    /// The wrapper's status, when it stands for a failure.
    package var status: Int?
    /// What the operator of the target can do, when the failure shows it; may be empty.
    package var hint = ""
}
