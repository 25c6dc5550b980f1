/// What identifies one legacy session, without its id: enough to tell it from all others, too little to make the id of.
package struct SessionMark: Hashable, Sendable {
    /// The session's holder; see `Snapshot.holderID`.
    package let holderID: Int64
    /// When the session was opened, in milliseconds since 1970.
    package let openedMs: Int64
    /// The authentication code of the session's id.
    package let code: SessionCode

    package init(holderID: Int64, openedMs: Int64, code: SessionCode) {
        self.holderID = holderID
        self.openedMs = openedMs
        self.code = code
    }

    /// How long a session lasts, in milliseconds.
    package static let lifetimeMs: Int64 = 30 * 24 * 3_600_000
    /// How long after its opening a session that was ended has to be remembered: the clocks of servers may differ.
    package static let rememberedMs = lifetimeMs + 3_600_000
}

/// The 16 bytes of the authentication code of a session's id.
///
/// Two words and not a `UInt128`: Swift 6.3.1 resumed a task that had captured one at a null address.
package struct SessionCode: Hashable, Comparable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// - Parameter bytes: the code's 16 bytes; of fewer the last ones, of more the last 16.
    package init(_ bytes: some Sequence<UInt8>) {
        var (high, low) = (UInt64(0), UInt64(0))
        for byte in bytes { (high, low) = (high << 8 | low >> 56, low << 8 | UInt64(byte)) }
        self.high = high
        self.low = low
    }

    package var bytes: [UInt8] {
        [high, low].flatMap { word in
            stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    package static func < (left: SessionCode, right: SessionCode) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
