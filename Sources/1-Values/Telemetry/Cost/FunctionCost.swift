import Bytes
import Policy
import Synchronization

/// What one function's calls cost: its price, and the memory that it has as far as that is known. Any thread, no lock.
package final class FunctionCost: Sendable {
    /// What is learned of a function and outlives changes of its target and of prices.
    package final class Learned: Sendable {
        /// What Lambda last reported; 0 before.
        fileprivate let memoryMB = Atomic<UInt32>(0)

        package init() {}
    }

    package let price: CallPrice
    package let learned: Learned
    private let declaredMB: UInt32

    /// Lambda's own default.
    package static let unknownMemoryMB: UInt32 = 128

    /// - Parameter memoryMB: as the target says it; nil when it doesn't.
    package init(
        _ price: CallPrice = PriceTable().price(of: .x86, in: nil),
        memoryMB: Int? = nil,
        learned: Learned = Learned()
    ) {
        self.price = price
        self.learned = learned
        declaredMB = memoryMB.map { UInt32(clamping: $0) } ?? 0
    }

    /// The memory that calls are charged for when Lambda doesn't tell: what it told last, else what the target says, else 128.
    package var memoryMB: UInt32 {
        let reported = learned.memoryMB.load(ordering: .relaxed)
        if reported > 0 { return reported }
        return declaredMB > 0 ? declaredMB : Self.unknownMemoryMB
    }

    /// What a call of a second costs: for a tool that wasn't called yet.
    package var secondNanoUSD: Int64 { nanoUSD(ofMs: 1_000) }

    /// What a call that is billed so many milliseconds costs, in billionths of a US dollar.
    package func nanoUSD(ofMs ms: Int) -> Int64 {
        price.nanoUSD(billedMs: UInt32(clamping: ms), memoryMB: memoryMB, requests: 1, dither: 1 << 31)
    }

    /// Fills in what a call that has ended cost.
    ///
    /// Measured where Lambda reported what it bills, which has the time of a cold start in it. Else estimated from the time that
    /// the function's answer took, rounded up to milliseconds. Where more than one request was needed, as for a session, it's
    /// estimated too when that is more. A call that didn't run costs nothing, nor one that ran on this machine. One that may
    /// still run costs what such calls do, or more if it has already: who cancels a call isn't spared its cost.
    /// - Parameter recent: what such calls cost lately, in billionths of a US dollar.
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
