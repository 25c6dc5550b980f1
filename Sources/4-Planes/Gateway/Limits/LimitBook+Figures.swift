package import RateLimit
package import Telemetry

extension LimitBook {
    /// By metric: how many quotas and budgets there are, and how many of them are used up or nearly so. Rates are left
    /// out, because they are used up and full again all the time. Linear in the limits.
    package func figures(at moment: LimitMoment) -> [LimitFigures] {
        var all: [String: LimitFigures] = [:]
        for (_, standings) in standings(at: moment) {
            for standing in standings where standing.burst == nil {
                let metric = standing.metric.rawValue
                all[metric, default: LimitFigures(metric: metric)]
                    .add(most: standing.limit, remaining: standing.remaining)
            }
        }
        return all.values.sorted { $0.metric < $1.metric }
    }
}
