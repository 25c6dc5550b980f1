import EventLoop
import MCP
import Policy
import Synchronization

/// The levels of log messages that legacy sessions have asked for with `logging/setLevel`. Shared by the loops of a process;
/// any thread.
///
/// Levels are remembered in this process alone, of the latest 8,192 sessions at least: of the others, and after a restart,
/// the level that sessions begin with holds. Source: MCP 2025-11-25, "Logging"
package final class SessionLevels: Sendable {
    /// The level of a session that has set none.
    static let usual = LoggingLevel.info
    private static let countMax = 8_192

    private struct Table {
        var latest: [SessionCode: LoggingLevel] = [:]
        /// Forgotten when `latest` is full.
        var earlier: [SessionCode: LoggingLevel] = [:]
    }

    private let table = Locked(Table())

    package init() {}

    func set(_ level: LoggingLevel, for session: SessionCode) {
        table.withLock { table in
            if table.latest[session] == nil, table.latest.count >= Self.countMax {
                table.earlier = table.latest
                table.latest = [:]
            }
            table.latest[session] = level
        }
    }

    func level(of session: SessionCode) -> LoggingLevel {
        table.withLock { $0.latest[session] ?? $0.earlier[session] } ?? Self.usual
    }
}
