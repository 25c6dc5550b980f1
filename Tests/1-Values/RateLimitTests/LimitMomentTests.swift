import RateLimit
import Testing

struct LimitMomentTests {
    /// 2026-11-30 23:59:59.999 UTC
    static let lastMs: Int64 = 1_796_083_199_999

    @Test(arguments: [0, 1, -1, 86_400_000, 31 * 86_400_000, -400 * 86_400_000, .min / 2])
    func `moving a LimitMoment gives the same value as making a new one`(byMs: Int64) {
        var moment = LimitMoment(nowNs: 5, wallMs: Self.lastMs)
        moment.move(to: 6, wallMs: Self.lastMs + byMs)
        #expect(moment == LimitMoment(nowNs: 6, wallMs: Self.lastMs + byMs))
    }

    @Test func `a quota starts anew with the first millisecond of its day and month`() {
        let limits = [LimitCells(.init(dayQuota: 1)), LimitCells(.init(monthQuota: 1))]
        var (day, month) = (LimitSet(), LimitSet())
        day.add(0)
        month.add(1)
        var moment = LimitMoment(nowNs: 1, wallMs: Self.lastMs)
        for set in [day, month] {
            #expect(set.take(from: limits, at: moment) == nil)
            #expect(set.take(from: limits, at: moment) != nil)
        }
        moment.move(to: 2, wallMs: Self.lastMs + 1)
        for set in [day, month] { #expect(set.take(from: limits, at: moment) == nil) }
    }
}
