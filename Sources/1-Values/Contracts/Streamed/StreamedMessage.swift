import Bytes
import JSON

/// A notification or a request that a function streams before its answer.
package struct StreamedMessage: Sendable, Equatable {
    /// The whole message: valid JSON without a line break, half of a surrogate pair or an overlong number, so that strict
    /// readers take it.
    package let bytes: [UInt8]
    package let method: String
    /// The raw object in `bytes`; nil for none.
    package let params: Range<Int>?

    /// A notification in a body that has ended; nil for anything else.
    init?(notification message: Unwrapped) {
        guard message.members.jsonrpc != nil, message.members.id == nil else { return nil }
        let bytes = Array(message.bytes[message.members.range])
        let whole = 0..<bytes.count
        guard
            let method = JSON.member("method", of: whole, in: bytes.span).flatMap({
                JSONName(bytes.span, at: $0)
            })
        else { return nil }
        let params = JSON.member("params", of: whole, in: bytes.span)
        guard let made = try? StreamedMessage(bytes, method: method, params: params) else { return nil }
        self = made
    }

    /// Puts right what keeps its length.
    /// - Parameter bytes: the object alone, already validated. A line break in it is white space.
    /// - Throws: `.badAnswer` for a number that strict readers refuse.
    init(_ bytes: [UInt8], method: JSONName, params: Range<Int>?) throws(ContractError) {
        if let number = JSON.overlongNumber(bytes.span, in: 0..<bytes.count) {
            throw .badAnswer(
                "a message in what it streams has a number of \(number.count) characters; "
                    + "\(JSON.numberLengthMax) are allowed"
            )
        }
        self.method = method.text(in: bytes.span)
        self.params = params
        var bytes = bytes
        var at = 0
        while true {
            at = bytes.span.firstPosition(of: 10, or: 13, from: at, to: bytes.count)
            guard at < bytes.count else { break }
            bytes[at] = UInt8(ascii: " ")
        }
        if JSON.loneSurrogate(bytes.span, in: 0..<bytes.count) != nil {
            JSON.replaceLoneSurrogates(in: &bytes)
        }
        self.bytes = bytes
    }
}
