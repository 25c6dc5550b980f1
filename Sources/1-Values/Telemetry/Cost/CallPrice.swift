/// Lambda's price for the calls of one function, in trillionths of a US dollar (pico-USD), so that every public price
/// is a whole number.
package struct CallPrice: Sendable, Hashable {
    /// The price of a second of a gigabyte (1,024 MB) of memory.
    package let gbSecondPicoUSD: UInt64
    /// The price of a request, however long it takes.
    package let requestPicoUSD: UInt64

    /// One dollar a GB-second: 60,000 times the public price.
    package static let gbSecondMax: UInt64 = 1_000_000_000_000
    /// A thousand dollars a million requests: 5,000 times the public price.
    package static let requestMax: UInt64 = 1_000_000_000

    /// Higher prices count as the maximum.
    package init(gbSecondPicoUSD: UInt64, requestPicoUSD: UInt64) {
        self.gbSecondPicoUSD = min(gbSecondPicoUSD, Self.gbSecondMax)
        self.requestPicoUSD = min(requestPicoUSD, Self.requestMax)
    }

    /// The cost of a call, in billionths of a US dollar.
    ///
    /// A part of a billionth is rounded up with the probability of its size and down otherwise, and `dither` decides:
    /// random bits of the call, such as its id's. So the cost of a call is the same whenever it is asked for, and sums
    /// are right, whichever calls are summed: of a million calls of 1 ms at 128 MB, which take 2.08 nano-USD each,
    /// rounding to the nearest would lose 83,000 nano-USD, and this gains or loses about 300. It can't overflow.
    /// - Parameters:
    ///   - billedMs: counts as 17 minutes at most; a function runs for 15.
    ///   - memoryMB: counts as 1 TB at most; a function has 10 GB.
    ///   - requests: counts as 4,095 at most.
    package func nanoUSD(billedMs: UInt32, memoryMB: UInt32, requests: UInt32, dither: UInt32) -> Int64 {
        let used = UInt64(min(billedMs, Self.billedMsMax)) * UInt64(min(memoryMB, Self.memoryMax))
        // Less than 2^80.
        let compute = used.multipliedFullWidth(by: gbSecondPicoUSD)
        // Less than 2^62, and less than `unit`.
        let requests = UInt64(min(requests, Self.requestsMax)) * requestPicoUSD * (Self.unit / 1_000)
        let chance = (UInt64(dither) * Self.unit) >> 32
        let (low, isOver) = compute.low.addingReportingOverflow(requests + chance)
        // The high half is less than 2^17, so the quotient fits.
        return Int64(Self.unit.dividingFullWidth((compute.high + (isOver ? 1 : 0), low)).quotient)
    }

    /// Megabyte-milliseconds of a GB-second, times the pico-USD of a nano-USD.
    private static let unit: UInt64 = 1_024 * 1_000 * 1_000
    private static let billedMsMax: UInt32 = 1 << 20
    private static let memoryMax: UInt32 = 1 << 20
    private static let requestsMax: UInt32 = 4_095
}
