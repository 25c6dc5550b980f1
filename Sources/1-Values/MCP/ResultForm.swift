/// What is already known of a CallToolResult's members when it is written, so that they need not be read again.
package enum ResultForm: Sendable, Equatable {
    /// Nothing: every member has to be looked at.
    case unknown
    /// `content` is a non-empty array of ordinary blocks (`ContentScan`), and nothing stands beside it but maybe `isError`
    /// with the result's own `true` or `false`. Each is there once.
    case content
    /// The same with `structuredContent`, an object.
    case structuredContent

    /// Whether a client of that version gets all members as they are.
    func isWhole(for version: ProtocolVersion) -> Bool {
        switch self {
        case .unknown: false
        case .content: true
        case .structuredContent: version >= .v20250618
        }
    }
}
