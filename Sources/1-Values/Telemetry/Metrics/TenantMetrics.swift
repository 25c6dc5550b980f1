import Locks
import Synchronization

/// One tenant's figures. Any thread; an ended call is a handful of relaxed atomic adds.
package final class TenantMetrics: Sendable {
    package let tenant: String
    private let outcomes = InlineArray<11, Atomic<UInt64>> { _ in Atomic(0) }
    private let durations = OperationHistogram(.operation)
    private let costNanoUSD = Counter()

    fileprivate init(tenant: String) { self.tenant = tenant }

    /// Adds a call of the tenant that has ended.
    package func ended(_ record: borrowing CallRecord) {
        let outcome = CallOutcome(rawValue: Int(record.outcome)) ?? .refused
        outcomes[outcome.rawValue].wrappingAdd(1, ordering: .relaxed)
        if record.costNanoUSD > 0 { costNanoUSD.add(UInt64(record.costNanoUSD)) }
        if outcome.isCall { durations.observe(nanoseconds: UInt64(record.endedUs) * 1_000) }
    }

    fileprivate func count(_ outcome: CallOutcome) -> UInt64 {
        outcomes[outcome.rawValue].load(ordering: .relaxed)
    }

    fileprivate func write(to writer: inout MetricsWriter) {
        writer.sample([("tenant", tenant)], durations.read())
    }

    fileprivate var costUSD: Double { Double(costNanoUSD.value) / 1e9 }
}

/// The figures of all tenants, when they are wanted. Any thread.
///
/// Bounded: the first `tenantsMax` tenants have figures of their own for the life of a process, later ones are counted
/// together as `other`. A tenant takes 300 bytes.
package final class TenantMetricsTable: Sendable {
    private let tenantsMax: Int
    private let tenants = Locked<[String: TenantMetrics]>([:])

    init(tenantsMax: Int) { self.tenantsMax = tenantsMax }

    /// The figures of a tenant, the same for the same name. Takes a lock: once for each tenant and snapshot.
    package func tenant(_ name: String) -> TenantMetrics {
        tenants.withLock { tenants in
            if let known = tenants[name] { return known }
            let kept = tenants.count < tenantsMax ? name : "other"
            if let known = tenants[kept] { return known }
            let metrics = TenantMetrics(tenant: kept)
            tenants[kept] = metrics
            return metrics
        }
    }

    func write(to writer: inout MetricsWriter) {
        let tenants = tenants.withLock { Array($0.values) }.sorted { $0.tenant < $1.tenant }
        writer.family(
            "mcp_gateway_tenant_calls_total",
            .counter,
            "Tool calls ended, by tenant and outcome."
        )
        for tenant in tenants {
            for outcome in CallOutcome.allCases {
                let count = tenant.count(outcome)
                guard count > 0 || outcome == .ok else { continue }
                writer.sample([("tenant", tenant.tenant), ("outcome", outcome.label)], count)
            }
        }
        writer.family(
            "mcp_gateway_tenant_call_cost_usd_total",
            .counter,
            "What tool calls cost at Lambda by the price table, in US dollars, by tenant."
        )
        for tenant in tenants { writer.sample([("tenant", tenant.tenant)], tenant.costUSD) }
        writer.family(
            "mcp_gateway_tenant_call_duration_seconds",
            .histogram,
            "From an agent's tool call to its answer, by tenant; without calls that limits or checks refused."
        )
        for tenant in tenants { tenant.write(to: &writer) }
    }
}
