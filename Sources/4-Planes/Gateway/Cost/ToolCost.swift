import Policy
import Telemetry

extension CallableTool {
    /// Fills in the cost of a call of the tool that has ended, and remembers it for estimates. On a loop, once for each
    /// call, before the record is kept: some multiplications and a division, no lock, no allocation.
    /// - Parameter execution: `ended` for a function that answered, else the failure's (`UpstreamFailure.execution`).
    func fillCost(of record: inout CallRecord, _ execution: Execution) {
        if execution == .none { return }
        function.cost.fill(&record, execution, recent: execution == .unknown ? costEstimate : 0)
        if execution == .ended { metrics.recentCost.add(record.costNanoUSD) }
    }

    /// What budgets are charged for a call that has ended: its cost. For a call that was given up, whose function may
    /// go on running unseen, at least the cost of a run for the whole of its timeout: otherwise giving up
    /// early would make calls cheaper.
    func costForBudgets(of record: borrowing CallRecord, _ execution: Execution) -> Int64 {
        guard execution == .unknown, !record.flags.contains(.isLocal) else { return record.costNanoUSD }
        return max(record.costNanoUSD, function.cost.nanoUSD(ofMs: timeoutMs))
    }

    /// The estimated cost of a call of the tool, in billionths of a US dollar: that of recent calls, or else of one
    /// second of its function.
    var costEstimate: Int64 { metrics.recentCost.nanoUSD ?? function.cost.secondNanoUSD }
}
