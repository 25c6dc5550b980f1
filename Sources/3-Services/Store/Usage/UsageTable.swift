import Calendar

/// A table of sums of calls, by the length of its periods.
enum UsageTable: CaseIterable {
    case minute, hour, day

    var name: String {
        switch self {
        case .minute: "usage_minute"
        case .hour: "usage_hour"
        case .day: "usage_day"
        }
    }

    /// How many of its periods make a day.
    var periodsOfDay: Int64 {
        switch self {
        case .minute: 1_440
        case .hour: 24
        case .day: 1
        }
    }

    /// The number of the period since 1970 in which another table's period begins.
    func period(of period: Int64, in other: UsageTable) -> Int64 {
        if periodsOfDay >= other.periodsOfDay { return period * (periodsOfDay / other.periodsOfDay) }
        return period / (other.periodsOfDay / periodsOfDay)
    }
}
