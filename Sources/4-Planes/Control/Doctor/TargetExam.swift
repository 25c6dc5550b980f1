import AWS
import Calendar
import HTTPClient
import Model
import Policy
import SigV4
package import Store
import Text

/// Checks whether targets can be reached, their endpoints' clocks agree with ours, and there are credentials for them.
///
/// No function runs: Lambda is asked with a dry run.
package struct TargetExam: Sendable {
    private let source: LambdaToolSource
    private let access: AWSAccess
    private let timeout: Duration
    private let parallel: Int

    /// Seconds by which clocks may differ before Lambda refuses signatures, and before it is reported.
    private static let skewMax = 300
    private static let skewNotable = 60

    /// - Parameters:
    ///   - access: the credentials with which functions in AWS are invoked.
    ///   - timeout: the time for one request.
    ///   - parallel: how many targets are checked at once.
    package init(source: LambdaToolSource, access: AWSAccess, timeout: Duration, parallel: Int) {
        self.source = source
        self.access = access
        self.timeout = timeout
        self.parallel = max(1, parallel)
    }

    /// The credentials first, then each endpoint and each target in order of their names.
    package func findings(_ targets: [TargetRecord]) async -> [Finding] {
        guard !targets.isEmpty else {
            let hint = "`mcp-gateway target add` adds one; `serve` reads the target files"
            return [Finding(.note, "targets", "there are no targets yet", hint: hint)]
        }
        let enabled = targets.filter { $0.isEnabled }
        var findings =
            enabled.contains { !source.runsHere($0.spec) }
            ? await CredentialsExam.findings(access.credentials) : []
        var endpoints: [Endpoint] = []
        for target in enabled {
            guard let endpoint = try? source.endpoint(of: target.spec) else { continue }
            if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
        }
        findings += await each(endpoints) { await clock($0) }
        return findings + (await each(targets) { await finding($0) })
    }

    /// The findings on all items in their order; `parallel` items are checked at once.
    private func each<Item: Sendable>(
        _ items: [Item],
        _ finding: @escaping @Sendable (Item) async -> Finding
    ) async -> [Finding] {
        await withTaskGroup(of: (Int, Finding).self) { group in
            var found: [(Int, Finding)] = []
            for (index, item) in items.enumerated() {
                if index >= parallel, let done = await group.next() { found.append(done) }
                group.addTask { (index, await finding(item)) }
            }
            for await done in group { found.append(done) }
            return found.sorted { $0.0 < $1.0 }.map { $0.1 }
        }
    }

    /// Whether there are credentials to ask Lambda with.
    package var hasCredentials: Bool { (try? access.credentials.credentials()) != nil }

    /// The time to read an endpoint's clock; an endpoint that takes longer counts as down.
    private static let clockTimeout = Duration.seconds(5)

    private func clock(_ endpoint: Endpoint) async -> Finding {
        let check = "endpoint \(endpoint)"
        do throws(ToolSourceError) {
            let within = min(timeout, Self.clockTimeout)
            guard let offset = try await source.clockOffset(of: endpoint, timeout: within) else {
                return Finding(.ok, check, "answers")
            }
            guard abs(offset) > Self.skewNotable else {
                return Finding(.ok, check, "answers, and the clocks agree")
            }
            return Finding(
                abs(offset) > Self.skewMax ? .problem : .warning,
                check,
                "its clock is \(abs(offset)) s \(offset > 0 ? "ahead of" : "behind") this machine's",
                hint: "set this machine's clock by NTP; more than \(Self.skewMax) s break signatures"
            )
        } catch {
            return Finding(
                .problem,
                check,
                error.message,
                hint: "check the endpoint, the network and the proxy settings"
            )
        }
    }

    private func finding(_ target: TargetRecord) async -> Finding {
        let (check, name) = ("target \(target.name)", target.name)
        if target.isSwitchedOn, let word = target.spec.unknownContract {
            return Finding(
                .problem,
                check,
                "its contract is \(quoted(word)), which this version doesn't know, so it isn't served",
                hint: "use the version that stored it, or `mcp-gateway target update \(name) --contract C`"
            )
        }
        guard target.isEnabled else {
            return Finding(
                .note,
                check,
                "is disabled",
                hint: target.isSwitchedOff || target.source == .cli
                    ? "`mcp-gateway target enable \(name)` switches it on" : "its file says enabled = false"
            )
        }
        do throws(ToolSourceError) {
            try await source.check(target.spec, timeout: timeout)
        } catch {
            return Finding(
                .problem,
                check,
                error.message,
                hint: error.hint.isEmpty ? "`mcp-gateway target test \(name)` tries it now" : error.hint
            )
        }
        let place = source.runsHere(target.spec) ? "runs on this machine" : "may be invoked"
        if let error = target.health.lastError {
            let count = target.health.failureCount
            return Finding(
                .warning,
                check,
                "\(place), but its last \(count > 1 ? "\(count) refreshes" : "refresh") failed: \(error)",
                hint: "`mcp-gateway target test \(name)` tries it now"
            )
        }
        if target.health.refreshedAtMs == nil {
            return Finding(
                .note,
                check,
                "\(place); its tools were never read",
                hint: "`mcp-gateway target refresh \(name)` reads them"
            )
        }
        if let unused = target.unusedTimeouts.first {
            let more = target.unusedTimeouts.count - 1
            return Finding(
                .warning,
                check,
                "\(place), but has a timeout for \(quoted(unused))\(more > 0 ? " and \(more) more" : ""), which it doesn't serve",
                hint: "`mcp-gateway tool list --target \(name)` shows its names"
            )
        }
        return Finding(.ok, check, "\(place), \(target.toolCount) tool\(target.toolCount == 1 ? "" : "s")")
    }
}
