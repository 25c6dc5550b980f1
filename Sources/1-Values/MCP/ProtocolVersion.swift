import Bytes

/// A protocol revision that the gateway serves; later ones are greater.
///
/// 2024-11-05 is not served, as its transport differs.
/// Source: https://modelcontextprotocol.io/specification/versioning
package enum ProtocolVersion: String, Sendable, CaseIterable, Comparable {
    case v20250326 = "2025-03-26"
    case v20250618 = "2025-06-18"
    case v20251125 = "2025-11-25"
    case v20260728 = "2026-07-28"

    /// The version whose name is in `range`; nil when it isn't served. No allocation.
    package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        if bytes.equals(range, "2026-07-28") {
            self = .v20260728
        } else if bytes.equals(range, "2025-11-25") {
            self = .v20251125
        } else if bytes.equals(range, "2025-06-18") {
            self = .v20250618
        } else if bytes.equals(range, "2025-03-26") {
            self = .v20250326
        } else {
            return nil
        }
    }

    /// The version that `initialize` answers with when the client asks for one that isn't served in the legacy era.
    package static let latestLegacy = ProtocolVersion.v20251125
    /// The version that is assumed for a legacy request without a session and without the version header.
    package static let assumed = ProtocolVersion.v20250326
    /// Every version, the latest first, as listed by `server/discover` and `-32022`. A client that finds none of its
    /// own era in the list learns that `initialize` may work, or that it needs none.
    package static let served = allCases.sorted(by: >)

    /// Whether requests carry their version themselves and need no handshake.
    package var isModern: Bool { self >= .v20260728 }

    /// Whether a POST may hold an array of messages.
    package var mayBatch: Bool { self == .v20250326 }

    package static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        left.place < right.place
    }

    /// The position among the versions, from the earliest on.
    package var place: Int {
        switch self {
        case .v20250326: 0
        case .v20250618: 1
        case .v20251125: 2
        case .v20260728: 3
        }
    }
}
