/// Bytes taken from a budget, given back when nobody holds this any more. One owner at a time.
final class BufferClaim {
    private let budget: BufferBudget
    let payer: BufferPayer
    private(set) var bytes: Int

    /// Takes over `bytes` that were taken before.
    init(_ budget: BufferBudget, _ payer: BufferPayer, holding bytes: Int) {
        self.budget = budget
        self.payer = payer
        self.bytes = bytes
    }

    deinit { if bytes > 0 { budget.give(bytes, of: payer) } }

    /// Takes over all that another claim of the same payer holds.
    func takeOver(_ other: BufferClaim) {
        bytes += other.bytes
        other.bytes = 0
    }

    /// Keeps `count` and gives the rest back.
    func shrink(to count: Int) {
        guard count < bytes else { return }
        let rest = bytes - count
        bytes = count
        budget.give(rest, of: payer)
    }
}
