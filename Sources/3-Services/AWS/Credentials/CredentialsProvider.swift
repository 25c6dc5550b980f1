import Calendar
import EventLoop
import SigV4

/// A source of key pairs that a signer asks repeatedly.
///
/// Any thread. A request only reads `generation`, one atomic load, and asks for the key pair when that has changed.
package protocol CredentialsProvider: AnyObject, Sendable {
    /// Increases whenever another key pair (or another error) becomes current.
    var generation: Int { get }

    /// The current key pair. Never waits: throws `.pending` until the first search has ended.
    func credentials() throws(CredentialsError) -> Credentials

    /// Reads the settings for the key pair again. Blocks for as long as reading two small files takes; a source
    /// elsewhere is asked in the background, see `renewal`.
    /// - Returns: whether another key pair (or another error) is current now.
    @discardableResult func reload() -> Bool

    /// The current search; nil when there is none. Awaiting it returns whether it made another key pair current.
    var renewal: (@Sendable () async -> Bool)? { get }

    /// Returns once the first search has ended.
    func ready() async

    /// Searches again after an operator has changed something. A key pair that is still good stays current if the new
    /// settings give none.
    /// - Returns: why the new settings give no key pair; nil if they do.
    func reloadOrKeep() async -> CredentialsError?

    /// The outcome of the last search.
    var report: CredentialsReport { get }

    /// Ends all further searches.
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
