import Bytes
import JSON

/// A notification or a request that a function streams before its answer.
package struct StreamedMessage: Sendable, Equatable {
    /// The whole message, valid JSON without a line break.
    package let bytes: [UInt8]
    package let method: String
    /// The raw object in `bytes`; nil for none.
    package let params: Range<Int>?

    /// - Parameter bytes: the object alone, already validated. A line break in it is white space.
    init(_ bytes: [UInt8], method: JSONName, params: Range<Int>?) {
        self.method = method.text(in: bytes.span)
        self.params = params
        var bytes = bytes
        var at = 0
        while true {
            at = bytes.span.firstPosition(of: 10, or: 13, from: at, to: bytes.count)
            guard at < bytes.count else { break }
            bytes[at] = UInt8(ascii: " ")
        }
        self.bytes = bytes
    }
}
