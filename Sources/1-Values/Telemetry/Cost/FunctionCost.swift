import Bytes
import Policy
import Synchronization

/// The cost of one function's calls: its price, and its memory as far as that is known. Any thread, no lock.
package final class FunctionCost: Sendable {
    /// What the gateway has learned about a function; it outlives changes of its target and of prices.
    package final class Learned: Sendable {
        /// The memory that Lambda last reported; 0 before.
        fileprivate let memoryMB = Atomic<UInt32>(0)

        package init() {}
    }

    package let price: CallPrice
    package let learned: Learned
    private let declaredMB: UInt32

    /// Lambda's own default.
    package static let unknownMemoryMB: UInt32 = 128

    /// - Parameter memoryMB: the memory that the target declares; nil when it declares none.
    package init(
        _ price: CallPrice = PriceTable().price(of: .x86, in: nil),
        memoryMB: Int? = nil,
        learned: Learned = Learned()
    ) {
        self.price = price
        self.learned = learned
        declaredMB = memoryMB.map { UInt32(clamping: $0) } ?? 0
    }

    /// The memory that calls are charged for when Lambda doesn't report it: the last reported, else the declared, else
    /// 128.
    package var memoryMB: UInt32 {
        let reported = learned.memoryMB.load(ordering: .relaxed)
        if reported > 0 { return reported }
        return declaredMB > 0 ? declaredMB : Self.unknownMemoryMB
    }

    /// The cost of a call that takes a second: for a tool that wasn't called yet.
    package var secondNanoUSD: Int64 { nanoUSD(ofMs: 1_000) }

    /// The cost of a call that is billed `ms` milliseconds, in billionths of a US dollar.
    package func nanoUSD(ofMs ms: Int) -> Int64 {
        price.nanoUSD(billedMs: UInt32(clamping: ms), memoryMB: memoryMB, requests: 1, dither: 1 << 31)
    }

    /// Fills in the cost of a call that has ended.
    ///
    /// The cost is measured when Lambda reported the billed time, which includes a cold start. Otherwise it is
    /// estimated from the time until the function's answer, rounded up to milliseconds. When more than one request was
    /// needed, as for a session, the estimate is used if it is higher. A call that didn't run costs nothing, nor one
    /// that ran on this machine. One that may still run costs as much as recent calls, or more if it has already taken
    /// longer: cancelling a call doesn't avoid its cost.
    /// - Parameter recent: the recent cost of such calls, in billionths of a US dollar.
    package func fill(_ record: inout CallRecord, _ execution: Execution, recent: Int64 = 0) {
        let isReported = record.flags.contains(.isReported)
        if isReported, record.memorySizeMB > 0,
            learned.memoryMB.load(ordering: .relaxed) != record.memorySizeMB
        {
            learned.memoryMB.store(record.memorySizeMB, ordering: .relaxed)
        }
        guard execution != .none, !record.flags.contains(.isLocal) else {
            record.costNanoUSD = 0
            return
        }
        var billedMs = isReported ? record.billedMs : 0
        if !isReported || record.attempts > 1 {
            let tookUs = record.answeredUs > record.sentUs ? record.answeredUs - record.sentUs : 0
            billedMs = max(billedMs, tookUs / 1_000 + (tookUs % 1_000 == 0 ? 0 : 1))
        }
        let cost = price.nanoUSD(
            billedMs: billedMs,
            memoryMB: isReported && record.memorySizeMB > 0 ? record.memorySizeMB : memoryMB,
            requests: UInt32(max(1, record.attempts)),
            dither: UInt32(truncatingIfNeeded: record.id.low)
        )
        record.costNanoUSD = execution == .unknown ? max(cost, recent) : cost
    }
}
