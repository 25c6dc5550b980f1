import AdminAPI
import Control
import EventLoop
import Gateway
import Policy
import RateLimit

/// The use of limits, by the counters of the state in force.
struct LiveLimitUse: LimitUse {
    let publisher: StatePublisher

    func standings() -> [Int64: [LimitStanding]] {
        let moment = LimitMoment(nowNs: EventLoop.currentNs, wallMs: WallClock.nowMs())
        let all = publisher.current.limits.standings(at: moment)
        return Dictionary(all.map { ($0.entry.id, $0.standings) }, uniquingKeysWith: { first, _ in first })
    }
}
