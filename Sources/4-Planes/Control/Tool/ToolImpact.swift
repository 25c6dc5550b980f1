package import JSON
import JSONSchema
package import Records

/// The effect of a new definition of a tool on calls that were made: which of them its schema would refuse.
///
/// The gateway doesn't check arguments itself; the function refuses them. Only calls that succeeded count, because
/// those that failed would fail again.
package struct ToolImpact: Sendable, Equatable {
    /// The most shapes that are given as examples.
    package static let examplesMax = 20
    /// The most rules that are named.
    package static let rulesMax = 100
    /// The most tenants that are named.
    package static let tenantsMax = 1_000

    /// The calls of one tenant.
    package struct Tenant: Sendable, Equatable {
        package let name: String
        package internal(set) var calls = 0
        package internal(set) var refused = 0
        package internal(set) var open = 0
        /// When the last call that would be refused was started, in milliseconds since 1970; nil for none.
        package internal(set) var lastRefusedAtMs: Int64?
    }

    /// A rule of the new schema, with the number of calls that it would or might refuse.
    package struct Rule: Sendable, Equatable {
        /// A JSON Pointer into the arguments, with `*` for any element; empty for the arguments as a whole.
        package let path: String
        /// A keyword of JSON Schema.
        package let keyword: String
        /// Whether the rule refuses these calls for certain; else that depends on values, which aren't recorded.
        package let isCertain: Bool
        package internal(set) var calls: Int
    }

    /// Calls with arguments of one shape.
    package struct Example: Sendable, Equatable {
        package let shape: String
        package let verdict: Verdict
        package internal(set) var calls: Int
        package internal(set) var lastAtMs: Int64
    }

    package enum Verdict: String, Sendable, CaseIterable { case fits, refused, open }

    /// Calls that were judged.
    package private(set) var calls = 0
    package private(set) var fitting = 0
    package private(set) var refused = 0
    /// Calls that can't be judged without their values.
    package private(set) var open = 0
    /// Calls whose arguments' shape wasn't recorded.
    package private(set) var callsWithoutShape = 0
    /// Calls that failed, and aren't judged.
    package private(set) var failedCalls = 0
    /// Ordered by the number of calls that would be refused, then by name.
    package private(set) var tenants: [Tenant] = []
    /// Certain rules first, each kind ordered by the number of calls.
    package private(set) var rules: [Rule] = []
    /// Shapes that would be refused first, then by frequency.
    package private(set) var examples: [Example] = []

    /// - Parameters:
    ///   - definition: the new definition, as JSON.
    ///   - current: the definition in force.
    package init(of definition: JSONValue, over current: JSONValue, on recorded: RecordedShapes) {
        callsWithoutShape = recorded.callsWithoutShape
        let fit = Result { () throws(SchemaFault) in
            try SchemaFit(
                definition["inputSchema"] ?? .object(JSONObject()),
                current: current["inputSchema"] ?? .null
            )
        }
        var sums = Sums()
        for row in recorded.rows {
            failedCalls += row.failedCalls
            guard row.calls > 0 else { continue }
            guard let shape = ArgumentShape(row.shape), case .success(let fit) = fit else {
                callsWithoutShape += row.calls
                continue
            }
            calls += row.calls
            let judged = sums.judge(row, shape, fit)
            switch judged {
            case .fits: fitting += row.calls
            case .refused: refused += row.calls
            case .open: open += row.calls
            }
        }
        tenants = Array(sums.sortedTenants.prefix(Self.tenantsMax))
        rules = Array(sums.sortedRules.prefix(Self.rulesMax))
        examples = Array(sums.sortedExamples.prefix(Self.examplesMax))
        tenantsRefused = sums.tenants.values.count { $0.refused > 0 }
    }

    /// The number of tenants with calls that would be refused.
    package private(set) var tenantsRefused = 0

    /// The sums that are built up while rows are judged.
    private struct Sums {
        private struct RuleKey: Hashable {
            let rule: SchemaFit.Rule
            let isCertain: Bool
        }

        private(set) var tenants: [Int64: Tenant] = [:]
        private var rules: [RuleKey: Int] = [:]
        private var examples: [String: Example] = [:]
        private var verdicts: [ArgumentShape: SchemaFit.Verdict] = [:]

        mutating func judge(_ row: RecordedShapes.Row, _ shape: ArgumentShape, _ fit: SchemaFit) -> Verdict {
            let found = verdicts[shape] ?? fit.verdict(on: shape)
            verdicts[shape] = found
            let verdict: Verdict
            switch found {
            case .fits: verdict = .fits
            case .refused(let broken):
                verdict = .refused
                for rule in broken { rules[RuleKey(rule: rule, isCertain: true), default: 0] += row.calls }
            case .open(let asked):
                verdict = .open
                for rule in asked { rules[RuleKey(rule: rule, isCertain: false), default: 0] += row.calls }
            }
            var tenant = tenants[row.tenantID] ?? Tenant(name: row.tenant)
            tenant.calls += row.calls
            if verdict == .open { tenant.open += row.calls }
            if verdict == .refused {
                tenant.refused += row.calls
                tenant.lastRefusedAtMs = max(tenant.lastRefusedAtMs ?? 0, row.lastUs / 1_000)
            }
            tenants[row.tenantID] = tenant
            var example =
                examples[row.shape]
                ?? Example(shape: row.shape, verdict: verdict, calls: 0, lastAtMs: 0)
            example.calls += row.calls
            example.lastAtMs = max(example.lastAtMs, row.lastUs / 1_000)
            examples[row.shape] = example
            return verdict
        }

        var sortedTenants: [Tenant] {
            tenants.values.sorted { ($1.refused, $0.name) < ($0.refused, $1.name) }
        }

        var sortedRules: [Rule] {
            rules.map { key, calls in
                Rule(
                    path: ArgumentShape.pointer(key.rule.path),
                    keyword: key.rule.keyword,
                    isCertain: key.isCertain,
                    calls: calls
                )
            }.sorted { left, right in
                if left.isCertain != right.isCertain { return left.isCertain }
                return (right.calls, left.path, left.keyword) < (left.calls, right.path, right.keyword)
            }
        }

        var sortedExamples: [Example] {
            let order: [Verdict] = [.refused, .open, .fits]
            return examples.values.sorted { left, right in
                let (one, other) = (
                    order.firstIndex(of: left.verdict) ?? 0, order.firstIndex(of: right.verdict) ?? 0
                )
                return (one, right.calls, left.shape) < (other, left.calls, right.shape)
            }
        }
    }
}
