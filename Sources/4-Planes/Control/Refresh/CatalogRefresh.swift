import Calendar
package import Config
import EventLoop
import MCP
import Model
import Policy
package import Store
import Text

/// Reads targets' tools again and stores them: several targets at once, each independent of the others.
///
/// A target that can't be read keeps its last good tools, and its failure is stored beside them; it neither delays nor
/// empties another target's list. Any executor; several refreshes may run at once.
package struct CatalogRefresh: Sendable {
    package struct Configuration: Sendable {
        /// How many targets are asked at once.
        package var parallel = 8
        /// The time for one target's whole list.
        package var timeout = Duration.seconds(30)
        /// The longest exposed name, in characters.
        package var toolNameMax = 64
        /// The schedule's interval; zero when there is no schedule.
        package var interval = Duration.zero

        package init() {}

        package init(_ config: GatewayConfig) {
            parallel = config.refresh.parallel
            timeout = config.refresh.timeout
            toolNameMax = config.defaults.toolNameMax
            interval = config.refresh.interval
        }
    }

    /// Which targets are asked.
    package enum Round: Sendable, Equatable {
        /// An operator asked for this target, or for every enabled one. A failing target's pauses start again.
        case asked(TargetName?)
        /// Every enabled target, such as when a server starts.
        case all
        /// The targets that are due: a failing one only when its pause is over.
        case due
    }

    /// What happened to one target.
    package struct Report: Sendable, Equatable {
        package let name: String
        package var counts = RefreshCounts()
        package var durationMs = 0
        /// Why its tools stay as they were; `nil` after a success.
        package var error: String?
        /// How many refreshes in a row have failed.
        package var failureCount = 0
        /// How long the schedule waits now; nil without a schedule.
        package var pause: Duration?
        /// Tools that the target lists and the catalog refuses.
        package var refused: [RefusedTool] = []
        /// Tools with a note for the operator, about what is left out of them or what is odd.
        package var noted: [NotedTool] = []
        /// The refused tools that are new since the previous refresh, and the same for the notes.
        package var newlyRefused: [RefusedTool] = []
        package var newlyNoted: [NotedTool] = []

        package init(name: String) { self.name = name }
    }

    package enum Progress: Sendable {
        case started(name: String)
        case finished(Report)
    }

    private typealias Outcome = Result<Report, StoreError>

    private let store: Store::Store
    private let inquiry: ToolInquiry
    private let fruitless = FruitlessQuestions()
    private let parallel: Int
    private let pause: RefreshPause
    private let nowMs: @Sendable () -> Int64

    package init(
        store: Store::Store,
        source: any ToolSource,
        configuration: Configuration = Configuration(),
        nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs
    ) {
        self.store = store
        inquiry = ToolInquiry(
            source: source,
            timeout: configuration.timeout,
            toolNameMax: configuration.toolNameMax
        )
        parallel = max(1, configuration.parallel)
        pause = RefreshPause(interval: configuration.interval)
        self.nowMs = nowMs
    }

    /// Refreshes the targets of a round.
    ///
    /// `progress` is called on whatever thread the refresh runs, one call at a time.
    /// - Returns: a report for each target asked, in order of their names.
    /// - Throws: `.notFound` for an unknown name; `.invalid` for a disabled target; the store's own failures.
    package func run(
        _ round: Round = .asked(nil),
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws(StoreError) -> [Report] {
        let now = nowMs()
        var targets = try await store.read { reading throws(StoreError) in
            guard case .asked(let name?) = round else {
                return try reading.targets().filter {
                    $0.isEnabled
                        && (round != .due || pause.isOver(endingAtMs: $0.health.nextRefreshAtMs, nowMs: now))
                }
            }
            let target = try reading.target(name)
            if target.isSwitchedOn, let word = target.spec.unknownContract {
                throw StoreError(
                    .invalid,
                    "target \(name) has the contract \(quoted(word)), which this version doesn't know",
                    hint:
                        "use the version that stored it, or `mcp-gateway target update \(name) --contract C`"
                )
            }
            guard target.isEnabled else {
                throw StoreError(
                    .invalid,
                    "target \(name) is disabled",
                    hint: "`mcp-gateway target enable \(name)` enables it"
                )
            }
            return [target]
        }
        if case .asked = round {
            for index in targets.indices { targets[index].health.failureCount = 0 }
        }
        return try await refresh(targets, isScheduled: round == .due, progress).get()
    }

    private func refresh(
        _ targets: [TargetRecord],
        isScheduled: Bool,
        _ progress: @escaping @Sendable (Progress) -> Void
    ) async -> Result<[Report], StoreError> {
        await withTaskGroup(of: Outcome.self) { group in
            var reports: [Report] = []
            var failure: StoreError?
            var running = 0
            for target in targets {
                if running == parallel, let outcome = await group.next() {
                    running -= 1
                    take(outcome, &reports, &failure, progress)
                }
                if failure != nil { break }
                progress(.started(name: target.name.text))
                running += 1
                group.addTask { await outcome(of: target, isScheduled: isScheduled) }
            }
            while let outcome = await group.next() { take(outcome, &reports, &failure, progress) }
            if let failure { return .failure(failure) }
            return .success(reports.sorted { $0.name < $1.name })
        }
    }

    private func take(
        _ outcome: Outcome,
        _ reports: inout [Report],
        _ failure: inout StoreError?,
        _ progress: (Progress) -> Void
    ) {
        switch outcome {
        case .success(let report):
            progress(.finished(report))
            reports.append(report)
        case .failure(let error): failure = failure ?? error
        }
    }

    private func outcome(of target: TargetRecord, isScheduled: Bool) async -> Outcome {
        do throws(StoreError) {
            return .success(try await refresh(target, isScheduled: isScheduled))
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter attempts: how often the list may be read, because aliases may change while it is read.
    private func refresh(
        _ target: TargetRecord,
        isScheduled: Bool,
        attempts: Int = 3
    ) async throws(StoreError) -> Report {
        let start = ContinuousClock.now
        var report = Report(name: target.name.text)
        let listing: ToolListing
        do throws(ToolSourceError) {
            listing = try await inquiry.list(
                target.spec,
                aliases: target.aliases,
                skipping: isScheduled ? fruitless.kinds(of: target) : []
            )
            fruitless.note(listing.fruitless, of: target)
        } catch {
            report.durationMs = Int(start.duration(to: .now).milliseconds)
            return try await failed(report, error.description, target)
        }
        let durationMs = Int(start.duration(to: .now).milliseconds)
        report.durationMs = durationMs
        report.refused = listing.refused
        report.noted = listing.noted
        do throws(StoreError) {
            let outcome = try await store.write(as: .system) { writing throws(StoreError) in
                guard try writing.reading.aliases(ofTargetID: target.id) == target.aliases else {
                    throw StoreError(.stale, "the target's aliases were changed while it was being refreshed")
                }
                return try writing.applyRefresh(
                    targetID: target.id,
                    tools: listing.entries,
                    refused: listing.refused,
                    kinds: listing.kinds,
                    durationMs: durationMs
                )
            }
            report.counts = outcome.counts
            report.newlyRefused = outcome.newlyRefused
            report.newlyNoted = outcome.newlyNoted
        } catch {
            if error.kind == .stale, attempts > 1 {
                let renewed = try await store.read { reading throws(StoreError) in
                    try reading.targets().first { $0.id == target.id }
                }
                if let renewed {
                    return try await refresh(renewed, isScheduled: isScheduled, attempts: attempts - 1)
                }
            }
            // The list's own fault, or the target was removed meanwhile; any other kind is the store's.
            guard [.invalid, .notFound, .stale].contains(error.kind) else { throw error }
            return try await failed(report, error.description, target)
        }
        // What nobody has declared, and what the catalog has nothing of, may not be there at all.
        let failures = listing.failures.filter { target.mayServe($0.key) }
        guard let failure = failures.min(by: { $0.key.rawValue < $1.key.rawValue }) else { return report }
        let message = "its \(failure.key.word)s could not be read: \(failure.value.description)"
        return try await failed(report, message, target)
    }

    private func failed(
        _ report: Report,
        _ message: String,
        _ target: TargetRecord
    ) async throws(StoreError) -> Report {
        let failureCount = target.health.failureCount + 1
        let pause = pause.after(failureCount)
        try await store.write(as: .system) { writing throws(StoreError) in
            try writing.recordRefreshFailure(
                targetID: target.id,
                message: message,
                failureCount: failureCount,
                pauseMs: pause?.milliseconds
            )
        }
        var report = report
        report.error = message
        report.failureCount = failureCount
        report.pause = pause
        return report
    }
}

extension TargetRecord {
    /// Whether somebody says that the target serves entries of the kind, or the catalog has some of it.
    fileprivate func mayServe(_ kind: CatalogKind) -> Bool {
        if let family = ServedFamily(kind), spec.serves?.contains(family) == true { return true }
        return switch kind {
        case .tool: true
        case .prompt: counts.prompts > 0
        case .resource: counts.resources > 0
        case .template: counts.templates > 0
        case .instructions: false
        }
    }
}
