import Gateway
import Testing

struct LimitRefusalTallyTests {
    static func refusal(_ address: String, _ reason: String = "unknown", at ms: Int64)
        -> RefusedAuthentication
    {
        RefusedAuthentication(address: address, reason: reason, keyPrefix: "abc", atMs: ms)
    }

    @Test
    func `an address and reason has one row a minute, with the count of its refusals`() {
        var tally = RefusalTally()
        tally.add(Self.refusal("a", at: 60_000))
        #expect(
            tally.due(nowMs: 60_500) == [
                .init(first: Self.refusal("a", at: 60_000), count: 1, lastAtMs: 60_000)
            ]
        )
        for second in 61...119 { tally.add(Self.refusal("a", at: Int64(second) * 1000)) }
        tally.add(Self.refusal("a", "revoked", at: 70_000))
        #expect(tally.due(nowMs: 119_900).map(\.first.reason) == ["revoked"])
        #expect(tally.due(nowMs: 120_499).isEmpty)
        let row = RefusalTally.Row(first: Self.refusal("a", at: 61_000), count: 59, lastAtMs: 119_000)
        #expect(tally.due(nowMs: 120_500) == [row])
        #expect(tally.due(nowMs: 500_000).isEmpty)
    }

    @Test
    func `a flood from many addresses makes at most 60 rows a minute, which count every refusal`() {
        var tally = RefusalTally()
        var sent = 0
        var counted = 0
        for minute in 10..<40 {
            var rows = 0
            for second in 0..<60 {
                let ms = Int64(minute * 60 + second) * 1000
                if minute < 12 {
                    for number in 0..<200 { tally.add(Self.refusal("\(second).\(number)", at: ms)) }
                    sent += 200
                }
                let due = tally.due(nowMs: ms)
                rows += due.count
                counted += due.reduce(0) { $0 + $1.count }
            }
            #expect(rows <= RefusalTally.rowsMax)
        }
        #expect(counted == sent)
    }
}
