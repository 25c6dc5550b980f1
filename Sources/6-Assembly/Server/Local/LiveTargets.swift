import Config
import Control
import Store

/// Applies changes in the targets' folder: first the declarations, then the tools of the targets that changed. Reports
/// the outcome on the terminal.
///
/// A target is asked at most once at a time; changes that come meanwhile lead to one more inquiry after it.
actor LiveTargets {
    /// Why a target is asked for its tools, in words for the terminal.
    private struct Reason {
        var text: String
        var firstAt: ContinuousClock.Instant
    }

    private struct Inquiry {
        var began = ContinuousClock.now
        var ended: ContinuousClock.Instant?
        /// The first reason that came after this inquiry began.
        var next: Reason?
        /// How often in a row files changed while the function was being asked.
        var disturbances = 0
    }

    /// After this many disturbances in a row inquiries are delayed: a function that writes into its own folder as it
    /// starts would be restarted for ever.
    private static let disturbancesMax = 3
    private static let delayMax = Duration.seconds(60)

    private let targets: TargetService
    private let refresher: Refresher
    private let queue: ReloadQueue
    private let terminal: FunctionTerminal
    /// By target.
    private var inquiries: [String: Inquiry] = [:]
    private var isStopped = false

    init(
        _ targets: TargetService,
        _ refresher: Refresher,
        _ queue: ReloadQueue,
        _ terminal: FunctionTerminal
    ) {
        self.targets = targets
        self.refresher = refresher
        self.queue = queue
        self.terminal = terminal
    }

    /// No change is applied from now on.
    func stop() { isStopped = true }

    func take(_ changes: TargetChanges) async {
        guard !isStopped else { return }
        var reasons = changes.targets.mapValues { Reason(text: "reloaded: \($0.text)", firstAt: $0.firstAt) }
        if changes.isDeclaration {
            let targets = targets
            let outcome = await queue.run { await targets.takeFiles() }
            guard !isStopped else { return }
            switch outcome {
            case .failure(let error):
                return terminal.say("the targets stay as they were: \(error)", of: nil, isFault: true)
            case .success(let sync): note(sync, changes, &reasons)
            }
        }
        let local = targets.localNames
        if changes.isAll {
            let reason = Reason(text: "reloaded: files may have changed", firstAt: .now)
            for target in local where reasons[target] == nil { reasons[target] = reason }
        }
        for (target, reason) in reasons
        where local.contains(target) || changes.targets[target]?.isDeclaration != false {
            ask(target, reason)
        }
    }

    /// Shows what became of the files, and leaves in `reasons` only targets that exist.
    private func note(_ sync: FileTargetSync, _ changes: TargetChanges, _ reasons: inout [String: Reason]) {
        let now = ContinuousClock.now
        for name in sync.changes.added { reasons[name.text] = Reason(text: "added", firstAt: now) }
        for name in sync.changes.updated where reasons[name.text] == nil {
            reasons[name.text] = Reason(text: "reloaded: target.toml changed", firstAt: now)
        }
        for name in sync.changes.removed {
            reasons[name.text] = nil
            terminal.say("removed with its folder", of: name.text)
        }
        for (target, faults) in Dictionary(grouping: sync.faults, by: { $0.target }) {
            guard let target else {
                terminal.say("the targets stay as they were: \(faults[0].fault)", of: nil, isFault: true)
                continue
            }
            guard changes.isAll || changes.targets[target]?.isDeclaration == true else { continue }
            reasons[target] = nil
            let isKept = sync.kept.contains { $0.text == target }
            let effect = isKept ? "the target stays as it was" : "the target is not served"
            for fault in faults { terminal.say("\(effect): \(fault.fault)", of: target, isFault: true) }
        }
        // Drops folders that aren't targets, and files beside the folders.
        let known = targets.declaredNames
        reasons = reasons.filter { known.contains($0.key) }
    }

    private func ask(_ target: String, _ reason: Reason) {
        var inquiry = inquiries[target] ?? Inquiry(ended: .distantPast)
        let isDisturbance = reason.firstAt >= inquiry.began && reason.firstAt <= inquiry.ended ?? .now
        inquiry.disturbances = isDisturbance ? inquiry.disturbances + 1 : 0
        if inquiry.ended == nil {
            inquiry.next = reason
            inquiries[target] = inquiry
            return
        }
        inquiry.began = .now
        inquiry.ended = nil
        inquiries[target] = inquiry
        let excess = inquiry.disturbances - Self.disturbancesMax
        Task { await run(target, reason, after: excess < 0 ? .zero : delay(excess)) }
        if excess == 0 {
            terminal.say(
                "its files change while it runs (\(reason.text.replacing("reloaded: ", with: ""))), so it is "
                    + "started anew for each call; let it write elsewhere, as its folder can't be written on AWS",
                of: target
            )
        }
    }

    private func delay(_ excess: Int) -> Duration {
        min(Self.delayMax, .milliseconds(500) * Int(1 << min(excess, 8)))
    }

    private func run(_ target: String, _ reason: Reason, after delay: Duration) async {
        if delay > .zero {
            try? await Task.sleep(for: delay)  // nobody cancels it
            inquiries[target]?.began = .now
        }
        if !isStopped { await refresh(target, reason) }
        guard var inquiry = inquiries[target] else { return }
        inquiry.ended = .now
        let next = inquiry.next
        inquiry.next = nil
        inquiries[target] = inquiry
        if let next, !isStopped { ask(target, next) }
    }

    private func refresh(_ target: String, _ reason: Reason) async {
        guard let name = try? TargetName(target) else { return }
        do throws(StoreError) {
            guard let report = try await refresher.refreshQuietly(name) else { return }
            if isStopped { return }
            if let error = report.error {
                terminal.say(
                    "\(reason.text), but \(error); the last good tools stay",
                    of: target,
                    isFault: true
                )
            } else {
                terminal.say("\(reason.text), \(Self.text(report.counts))", of: target)
            }
        } catch {
            // The target is disabled or was removed meanwhile, so it can't be asked.
            if error.kind == .invalid || error.kind == .notFound {
                return terminal.say(reason.text, of: target)
            }
            terminal.say("\(reason.text), but \(error)", of: target, isFault: true)
        }
    }

    /// `2 tools (1 new)`
    static func text(_ counts: RefreshCounts) -> String {
        let count = counts.added + counts.updated + counts.unchanged
        let changes = [(counts.added, "new"), (counts.updated, "changed"), (counts.removed, "gone")]
        let words = changes.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return "\(count) tool\(count == 1 ? "" : "s")"
            + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
    }
}

extension ContinuousClock.Instant {
    fileprivate static var distantPast: Self { .now - .seconds(1 << 40) }
}
