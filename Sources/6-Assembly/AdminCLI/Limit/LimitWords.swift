import AdminAPI
import Control
import JSON
import Model
import REST

// The options of a limit, and how limits are shown.

/// `--rate`, `--burst`, `--quota` and `--budget`, for `limit set` and for a new key's own limit.
struct LimitWords: Sendable {
    // null removes a figure.
    private var rate: JSONValue?
    private var burst: JSONValue?
    private var dayQuota: JSONValue?
    private var monthQuota: JSONValue?
    private var dayBudget: JSONValue?
    private var monthBudget: JSONValue?

    var isEmpty: Bool {
        [rate, burst, dayQuota, monthQuota, dayBudget, monthBudget].allSatisfy { $0 == nil }
    }

    init(_ words: ParsedWords) throws(UsageError) {
        if let rate = words.option(.limitRate) {
            guard rate == "none" || RateText.parse(rate) != nil else {
                throw UsageError("--rate takes calls per s, m or h, such as 50/s, or none")
            }
            self.rate = rate == "none" ? .null : .string(rate)
        }
        if let burst = words.option(.limitBurst) { self.burst = try Self.figure(burst, "--burst", "100") }
        for quota in words.options(.limitQuota) {
            let halves = quota.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let place = Self.quotas[halves[1]] else {
                throw UsageError("--quota takes calls per day or month, such as 100000/day, or none/day")
            }
            guard self[keyPath: place] == nil else {
                throw UsageError("--quota is given twice for one \(halves[1])")
            }
            self[keyPath: place] = try Self.figure(String(halves[0]), "--quota", "100000/day")
        }
        for budget in words.options(.limitBudget) { try add(budget) }
    }

    private mutating func add(_ budget: String) throws(UsageError) {
        let halves = budget.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let amount =
            halves[0] == "none" ? .null : BudgetText.parse(amount: halves[0]).map { JSONValue.int(Int($0)) }
        guard halves.count == 2, let place = Self.budgets[halves[1]], let amount else {
            throw UsageError("--budget takes US dollars per day or month, such as 50usd/month, or none/month")
        }
        guard self[keyPath: place] == nil else {
            throw UsageError("--budget is given twice for one \(halves[1])")
        }
        if let nanoUSD = amount.intValue, !BudgetText.bounds.contains(Int64(nanoUSD)) {
            throw UsageError(
                "--budget takes more than 0usd and up to \(DollarText.spell(BudgetText.bounds.upperBound))usd; "
                    + "--quota 0/\(halves[1]) refuses every call"
            )
        }
        self[keyPath: place] = amount
    }

    private static var budgets: [Substring: WritableKeyPath<LimitWords, JSONValue?>] {
        ["day": \.dayBudget, "month": \.monthBudget]
    }

    private static var quotas: [Substring: WritableKeyPath<LimitWords, JSONValue?>] {
        ["day": \.dayQuota, "month": \.monthQuota]
    }

    /// Writes the figures into a request.
    func fill<A, Output>(
        _ request: inout OperationRequest<A, Output>,
        _ figures: KeyPath<A, LimitFigures>
    ) {
        request[figures, \.rate] = rate
        request[figures, \.burst] = burst
        request[figures, \.dayQuota] = dayQuota
        request[figures, \.monthQuota] = monthQuota
        request[figures, \.dayBudget] = dayBudget
        request[figures, \.monthBudget] = monthBudget
    }

    private static func figure(
        _ text: String,
        _ option: String,
        _ example: String
    ) throws(UsageError) -> JSONValue {
        if text == "none" { return .null }
        guard (1...15).contains(text.utf8.count), text.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let figure = Int(text)
        else {
            throw UsageError("\(option) takes a whole number, such as \(example), or none")
        }
        return .int(figure)
    }
}

extension Usage.Option {
    fileprivate static let limitRate = Usage.Option(
        name: "--rate",
        value: "50/s",
        summary: "calls per s, m or h"
    )
    fileprivate static let limitBurst = Usage.Option(
        name: "--burst",
        value: "100",
        summary: "calls at once; as many as the rate's when left out"
    )
    fileprivate static let limitQuota = Usage.Option(
        name: "--quota",
        value: "100000/day",
        summary: "calls per day or month, UTC",
        isRepeatable: true
    )

    fileprivate static let limitBudget = Usage.Option(
        name: "--budget",
        value: "50usd/month",
        summary: "what calls may cost per day or month, UTC, in US dollars: up to 250000usd",
        isRepeatable: true
    )

    static let limit = [limitRate, limitBurst, limitQuota, limitBudget]
}

extension Usage.Operand {
    static let limitScope = Usage.Operand(
        name: "scope",
        summary: "tenant, key, target, tenant-target or tenant-tool",
        offer: .words(Limits.scopes)
    )

    static let limitName = Usage.Operand(
        name: "name",
        summary: "NAME, PREFIX of a key, TENANT/TARGET or TENANT/TARGET___TOOL",
        offer: .limitsOfScope
    )
}

/// The thing that a limit is on: the first two words after the verbs.
struct LimitPlace: Sendable {
    let scope: String
    let name: String

    /// - Throws: `UsageError` for an unknown scope, and for a name that doesn't fit the scope.
    init(_ words: ParsedWords) throws(UsageError) {
        scope = try words.required(0)
        name = try words.required(1)
        guard Limits.scopes.contains(scope) else {
            throw UsageError("<scope> is \(Usage.Operand.limitScope.summary)")
        }
        guard !holdsSecret(name) else { return }
        do throws(ModelFault) { _ = try LimitDraft.object(scope: scope, name: name) } catch {
            throw UsageError(error.description)
        }
    }
}
