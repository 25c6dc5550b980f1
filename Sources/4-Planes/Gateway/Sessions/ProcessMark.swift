import Bytes
import Crypto

/// A process of the gateway, told from all others by a random number: where a session's client can be asked, its answers must
/// reach the process that asks.
package struct ProcessMark: Sendable, Hashable, CustomStringConvertible {
    private let number: UInt32

    /// A new one.
    package init() { self.init(randomBytes(4)) }

    /// - Parameter bytes: four.
    init(_ bytes: some Sequence<UInt8>) { number = bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    var bytes: [UInt8] {
        stride(from: UInt32(24), through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    /// Eight hexadecimal digits.
    package var description: String { Hex.encode(bytes) }
}
