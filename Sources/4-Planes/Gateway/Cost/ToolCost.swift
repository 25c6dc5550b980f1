import Policy
import Telemetry

extension CallableTool {
    /// Fills in what a call of the tool that has ended cost, and remembers it. On a loop, once for each call, before the record is
    /// kept: some multiplications and a division, no lock, no allocation.
    /// - Parameter execution: `ended` for a function that answered, else the failure's (`UpstreamFailure.execution`).
    func fillCost(of record: inout CallRecord, _ execution: Execution) {
        if execution == .none { return }
        function.cost.fill(&record, execution, recent: execution == .unknown ? costEstimate : 0)
        if execution == .ended { metrics.recentCost.add(record.costNanoUSD) }
    }

    /// What budgets are charged for a call that has ended: what it cost; and for one that was given up, whose function may run
    /// on unseen, at least what a run for all of its target's timeout costs. Else who gives up early would pay what cheaper calls do.
    func costForBudgets(of record: borrowing CallRecord, _ execution: Execution) -> Int64 {
        guard execution == .unknown, !record.flags.contains(.isLocal) else { return record.costNanoUSD }
        return max(record.costNanoUSD, function.cost.nanoUSD(ofMs: function.entry.timeoutMs))
    }

    /// What a call of the tool costs about, in billionths of a US dollar: as calls did lately, or a second of its function.
    var costEstimate: Int64 { metrics.recentCost.nanoUSD ?? function.cost.secondNanoUSD }
}
