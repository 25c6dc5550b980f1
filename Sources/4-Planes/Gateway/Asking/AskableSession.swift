import MCP
import Policy

/// A legacy session whose client can be asked for input during its calls. A reference type, because most requests have none.
final class AskableSession: Sendable {
    let mark: SessionMark
    /// What the client can be asked for; something.
    let capabilities: InputCapabilities

    /// - Returns: nil for a session without an id, and for one whose client can't be asked.
    init?(_ session: SessionIDs.Session) {
        guard let mark = session.mark, !session.capabilities.isEmpty else { return nil }
        self.mark = mark
        capabilities = session.capabilities
    }
}
