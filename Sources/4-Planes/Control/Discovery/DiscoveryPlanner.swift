import AWS
import Calendar
package import Config
import Contracts
import MCP
import Policy
package import Store
import Text

/// Makes the plan of one discovery from the functions found and those stored. Pure: no clock, no store, no network.
package struct DiscoveryPlanner: Sendable {
    /// The store's part of the input.
    package struct Stored: Sendable {
        /// The functions that this discovery serves already.
        package var functions: [DiscoveredFunction]
        /// All targets, whoever declared them.
        package var targets: [TargetRecord]

        package init(functions: [DiscoveredFunction] = [], targets: [TargetRecord] = []) {
            self.functions = functions
            self.targets = targets
        }
    }

    /// How often functions must be missed before they are removed, when a list lost more than half of them.
    package static let missesOfDoubted = 3

    let rules: DiscoveryRules
    let defaults: GatewayConfig.Defaults
    let survey: DiscoverySurvey
    let stored: Stored
    let nowMs: Int64
    /// Whether missing functions are removed at once, because an operator asked for that.
    let prunes: Bool

    var discovery: GatewayConfig.Discovery { rules.discovery }

    package init(
        _ discovery: GatewayConfig.Discovery,
        defaults: GatewayConfig.Defaults,
        survey: DiscoverySurvey,
        stored: Stored,
        nowMs: Int64,
        prunes: Bool = false
    ) {
        rules = DiscoveryRules(discovery)
        self.defaults = defaults
        self.survey = survey
        self.stored = stored
        self.nowMs = nowMs
        self.prunes = prunes
    }

    package func plan() -> DiscoveryPlan {
        var plan = DiscoveryPlan(
            name: discovery.name,
            places: survey.places.map { place in
                var planned = DiscoveryPlan.Place(region: place.region, functionCount: place.functionCount)
                if case .failure(let error) = place.found { planned.error = error.description }
                return planned
            },
            functions: [],
            targets: []
        )
        let known = Dictionary(stored.functions.map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })
        var verdicts: [Verdict] = []
        for place in survey.places {
            guard case .success(let found) = place.found else { continue }
            verdicts += found.map { judge($0, known: known[$0.function.arn]) }
        }
        verdicts += unnamed(beside: verdicts)
        let seen = Set(verdicts.filter { $0.isServed || $0.isUnwanted }.map { $0.function.arn })
        let (absent, isDoubted) = absences(besides: seen)
        plan.isDoubted = isDoubted
        // A function that is found but no longer meant counts as missing, and is listed only once.
        let missing = Set(absent.map { $0.function.arn })
        verdicts.removeAll { missing.contains($0.function.arn) }
        settleCollisions(&verdicts, absent)
        bound(&verdicts, absent)
        plan.functions = (verdicts + absent).map { $0.function }.sorted {
            ($0.name, $0.region, $0.arn) < ($1.name, $1.region, $1.arn)
        }
        plan.targets = targets(of: verdicts + absent)
        return plan
    }
}

extension DiscoveryPlanner {
    /// One function with the decision about it.
    struct Verdict {
        var function: DiscoveryPlan.Function
        var entry: FunctionEntry
        /// What is stored about it when the plan is applied; nil when nothing is.
        var remembered: DiscoveredFunction?
        /// Whether its own target stays exactly as it is stored.
        var keepsTarget = false
        /// Whether its owner's tag says that it is not a tool.
        var isUnwanted = false

        var isServed: Bool { remembered != nil }

        mutating func leaveOut(_ why: String) {
            function.state = .leftOut(why: why)
            remembered = nil
        }
    }

    /// The served functions that weren't found, and whether so many are gone that the list itself is doubted.
    private func absences(besides seen: Set<String>) -> ([Verdict], isDoubted: Bool) {
        var failed: Set<String> = []
        for place in survey.places { if case .failure = place.found { failed.insert(place.region) } }
        func isUnknown(_ known: DiscoveredFunction) -> Bool {
            failed.contains("") || failed.contains((try? FunctionName(known.arn))?.region ?? "")
        }
        let looked = stored.functions.filter { !isUnknown($0) }
        let gone = looked.filter { !seen.contains($0.arn) }
        func region(_ known: DiscoveredFunction) -> String { (try? FunctionName(known.arn))?.region ?? "" }
        // Counted by region: the list of one region says nothing about the others.
        let lookedCounts = Dictionary(looked.map { (region($0), 1) }, uniquingKeysWith: +)
        let goneCounts = Dictionary(gone.map { (region($0), 1) }, uniquingKeysWith: +)
        let doubted = Set(goneCounts.filter { $0.value * 2 > lookedCounts[$0.key] ?? 0 }.keys)
        let kept = stored.functions.filter { isUnknown($0) }.map { known in
            var verdict = verdict(of: known)
            verdict.function.state = .unchanged
            verdict.function.notes.append("its region couldn't be listed")
            return verdict
        }
        return (gone.map { absence($0, isDoubted: doubted.contains(region($0))) } + kept, !doubted.isEmpty)
    }

    private func absence(_ known: DiscoveredFunction, isDoubted: Bool) -> Verdict {
        var verdict = verdict(of: known)
        // A clock that was set back must not make the grace period longer.
        let sinceMs = min(known.missingSinceMs ?? nowMs, nowMs)
        // Runs that follow each other at once, by an operator or another server, see the same list and count as one.
        let isCounted = nowMs - sinceMs >= Int64(known.missCount) * discovery.interval.milliseconds / 2
        let missCount = isCounted ? known.missCount + 1 : known.missCount
        let untilMs = sinceMs + discovery.grace.milliseconds
        let isSeenOften = !isDoubted || missCount >= Self.missesOfDoubted
        if prunes || isSeenOften && nowMs >= untilMs {
            verdict.remembered = nil
            verdict.function.state = .removed(
                why: prunes
                    ? "it isn't found any more" : "it wasn't found for \(DurationWords.text(nowMs - sinceMs))"
            )
            return verdict
        }
        verdict.remembered?.missingSinceMs = sinceMs
        verdict.remembered?.missCount = missCount
        verdict.function.state = .missing(sinceMs: sinceMs, untilMs: untilMs)
        return verdict
    }

    /// The verdict that keeps a function as it is stored.
    private func verdict(of known: DiscoveredFunction) -> Verdict {
        let target = stored.targets.first { $0.name == known.target }?.spec
        let name = try? FunctionName(known.arn)
        return Verdict(
            function: DiscoveryPlan.Function(
                arn: known.arn,
                name: name?.name ?? known.arn,
                region: name?.region ?? "",
                account: name?.account ?? "",
                target: known.target,
                tool: known.tool,
                contract: target?.contract,
                contractReason: .kept,
                approval: target?.approval,
                approvalReason: .kept,
                state: .unchanged,
                definition: known.definition
            ),
            entry: FunctionEntry(arn: known.arn, name: name?.name ?? known.arn),
            remembered: known,
            keepsTarget: true
        )
    }

    /// The functions that the settings name and no region has.
    private func unnamed(beside verdicts: [Verdict]) -> [Verdict] {
        guard survey.places.allSatisfy({ if case .success = $0.found { true } else { false } }) else {
            return []
        }
        let known = Set(stored.functions.map { $0.arn })
        let names = Set(stored.functions.compactMap { (try? FunctionName($0.arn))?.name })
        return discovery.functions.filter { word in
            !verdicts.contains { $0.function.name == word || $0.function.arn == word }
                && !known.contains(word) && !names.contains(word)
        }.map { word in
            let name = try? FunctionName(word)
            var verdict = Verdict(
                function: DiscoveryPlan.Function(
                    arn: word,
                    name: name?.name ?? word,
                    region: name?.region ?? "",
                    account: name?.account ?? "",
                    state: .unchanged
                ),
                entry: FunctionEntry(arn: word, name: word)
            )
            verdict.leaveOut(
                "there is no such function in \(survey.places.map { $0.region }.joined(separator: ", "))"
            )
            return verdict
        }
    }
}

/// Writes a duration in the unit that a person would choose.
enum DurationWords {
    static func text(_ ms: Int64) -> String {
        let seconds = max(0, ms) / 1_000
        func text(_ count: Int64, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
        if seconds >= 2 * 86_400 { return text(seconds / 86_400, "day") }
        if seconds >= 2 * 3_600 { return text(seconds / 3_600, "hour") }
        return seconds >= 120 ? text(seconds / 60, "minute") : text(seconds, "second")
    }
}
