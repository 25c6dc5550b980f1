import Calendar
import EventLoop
import SigV4

/// Where a signer gets its key pair, again and again.
///
/// Any thread. A request only looks at `generation`, one atomic load; it asks for the key pair when that has changed.
package protocol CredentialsProvider: AnyObject, Sendable {
    /// Goes up whenever another key pair (or another error) is current.
    var generation: Int { get }

    /// The current key pair. Waits for nobody: `.pending` while the first search is under way.
    func credentials() throws(CredentialsError) -> Credentials

    /// Looks again where the key pair comes from. Blocks for as long as reading two small files takes; whoever else must be
    /// asked is asked meanwhile, see `renewal`.
    /// - Returns: whether another one is current now.
    @discardableResult func reload() -> Bool

    /// The search that is under way; nil when there is none. Its end says whether another key pair is current then.
    var renewal: (@Sendable () async -> Bool)? { get }

    /// Returns once the first search has ended.
    func ready() async

    /// Looks again, for an operator who has changed something: when what is there now can't be used, a key pair that is
    /// good stays current.
    /// - Returns: what is wrong with what is there now.
    func reloadOrKeep() async -> CredentialsError?

    /// What the last search came to.
    var report: CredentialsReport { get }

    /// Searches no more.
    func stop()
}

extension CredentialsProvider {
    package var renewal: (@Sendable () async -> Bool)? { nil }
    package func ready() async {}
    package func stop() {}
}

/// A key pair that was given and never changes.
package final class StaticCredentials: CredentialsProvider {
    private let current: Credentials

    package init(_ credentials: Credentials) { current = credentials }

    package var generation: Int { 0 }

    package func credentials() throws(CredentialsError) -> Credentials { current }

    package func reload() -> Bool { false }

    package func reloadOrKeep() async -> CredentialsError? { nil }

    package var report: CredentialsReport {
        var report = CredentialsReport()
        report.sources = [SourceOutcome(.settings, .used, "from \(current.source)")]
        for kind in CredentialsKind.allCases where kind != .settings {
            report.sources.append(
                SourceOutcome(kind, .skipped, "not asked: \(CredentialsKind.settings.words) came first")
            )
        }
        report.source = current.source
        report.expiresAtMs = current.expiration.map { Int64($0.epochSeconds) * 1_000 }
        return report
    }
}
