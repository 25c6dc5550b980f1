import Database
import Telemetry

/// Sums of rows that have the same values in the dimensions, added up as the rows are read.
struct UsageGroups {
    /// A number for each dimension, in the order of `UsageDimension.allCases`; 0 for dimensions that aren't asked
    /// for.
    struct Key: Hashable {
        var lanes = SIMD8<Int64>()

        subscript(dimension: UsageDimension) -> Int64 {
            get { lanes[dimension.lane] }
            set { lanes[dimension.lane] = newValue }
        }

        /// The numbers are the store's own, so a simple hash will do; an unpredictable one would cost more than the
        /// rest.
        func hash(into hasher: inout Hasher) {
            var mixed: UInt64 = 0
            for lane in lanes.indices {
                mixed = (mixed ^ UInt64(bitPattern: lanes[lane])) &* 0x9E37_79B9_7F4A_7C15
                mixed ^= mixed >> 32
            }
            hasher.combine(mixed)
        }
    }

    /// The most groups, which take about 40 MB; rows of further groups count in the total only.
    static let countMax = 50_000

    let by: [UsageDimension]
    let names: UsageNames
    private(set) var keys: [Key] = []
    private var figures: [UsageFigures] = []
    private var positions: [Key: Int] = [:]
    /// The sum of rows whose key isn't in `keys`.
    private var rest = UsageFigures()
    private(set) var isCut = false
    /// Whether rows with a key that isn't in `keys` yet go to `rest`.
    private var isClosed = false

    private let has: Has
    private var table = UsageTable.day
    private var last = Key()
    private var lastPosition = -1
    private var lastHour: Int64 = -1
    private var lastMonth: Int64 = 0

    /// The lanes that are filled.
    private struct Has {
        let tenant, key, tool, outcome, hour, day, month: Bool

        init(_ by: [UsageDimension]) {
            tenant = by.contains(.tenant)
            key = by.contains(.key)
            tool = by.contains(.target) || by.contains(.tool)
            outcome = by.contains(.outcome)
            hour = by.contains(.hour)
            day = by.contains(.day)
            month = by.contains(.month)
        }
    }

    init(by: [UsageDimension], of names: UsageNames) {
        self.by = by
        self.names = names
        has = Has(by)
    }

    /// The same keys without figures; no others are added.
    var emptied: UsageGroups {
        var emptied = self
        emptied.figures = [UsageFigures](repeating: UsageFigures(), count: figures.count)
        emptied.rest = UsageFigures()
        emptied.isClosed = true
        return emptied
    }

    /// Says that the rows that follow are from that table.
    mutating func begin(_ table: UsageTable) {
        self.table = table
        lastHour = -1
    }

    /// Adds a row with the columns of a `UsageRow`.
    mutating func add(_ row: borrowing Row) {
        var key = Key()
        if has.tool || names.selectedTools != nil {
            let id = row.int64(at: 3)
            if let selected = names.selectedTools, !selected.contains(id) { return }
            if has.tool, let tool = names.tools[id] {
                if by.contains(.target) { key[.target] = tool.target }
                if by.contains(.tool) { key[.tool] = tool.tool }
            }
        }
        if has.tenant { key[.tenant] = row.int64(at: 1) }
        if has.key { key[.key] = row.int64(at: 2) }
        if has.outcome { key[.outcome] = row.int64(at: 4) }
        if has.hour || has.day || has.month { fillTime(&key, row.int64(at: 0)) }
        if lastPosition < 0 || key != last {
            lastPosition = position(of: key)
            last = key
        }
        if lastPosition < keys.count {
            figures[lastPosition].add(row)
        } else {
            rest.add(row)
        }
    }

    private mutating func fillTime(_ key: inout Key, _ period: Int64) {
        let hour = table.hour(of: period)
        if has.hour { key[.hour] = hour }
        if has.day { key[.day] = hour / 24 }
        guard has.month else { return }
        if hour / 24 != lastHour / 24 || lastHour < 0 { lastMonth = UsageUnit.month.number(ofHour: hour) }
        lastHour = hour
        key[.month] = lastMonth
    }

    /// The position of a key's sum; `keys.count` for `rest`.
    private mutating func position(of key: Key) -> Int {
        if let known = positions[key] { return known }
        guard !isClosed, keys.count < Self.countMax else {
            if !isClosed { isCut = true }
            return keys.count
        }
        positions[key] = keys.count
        keys.append(key)
        figures.append(UsageFigures())
        return keys.count - 1
    }

    /// The sum of all rows.
    var total: UsageFigures { figures.reduce(into: rest) { $0.merge($1) } }

    func figures(of key: Key) -> UsageFigures? { positions[key].map { figures[$0] } }

    /// The sums as they are shown, with those of the time before beside them.
    func sums(_ query: UsageQuery, before: UsageGroups?) -> UsageSums {
        let order = UsageOrder(query)
        let rows = keys.indices.map { position in
            UsageOrder.Row(
                key: keys[position],
                sum: UsageSum(
                    by: by,
                    names: by.map { names.text(of: $0, keys[position][$0]) },
                    figures: figures[position],
                    before: self.before(keys[position], query, before)
                )
            )
        }
        let sorted = order.sorted(rows)
        let countMax = max(1, query.limit)
        return UsageSums(
            rows: sorted.prefix(countMax).map { $0.sum },
            total: total,
            totalBefore: query.unit == nil ? before?.total : nil,
            isCut: isCut || sorted.count > countMax
        )
    }

    private func before(_ key: Key, _ query: UsageQuery, _ before: UsageGroups?) -> UsageFigures? {
        guard let unit = query.unit else { return before?.figures(of: key) }
        let number = unit.number(in: key)
        guard query.isComparable(number, of: unit) else { return nil }
        var older = key
        let hour = unit.startHour(of: number - 1)
        if has.hour { older[.hour] = hour }
        if has.day { older[.day] = hour / 24 }
        if has.month { older[.month] = UsageUnit.month.number(ofHour: hour) }
        return figures(of: older) ?? before?.figures(of: older) ?? UsageFigures()
    }
}

extension UsageUnit {
    fileprivate func number(in key: UsageGroups.Key) -> Int64 {
        switch self {
        case .hour: key[.hour]
        case .day: key[.day]
        case .month: key[.month]
        }
    }
}

extension UsageTable {
    /// The hour since 1970 in which a period begins.
    fileprivate func hour(of period: Int64) -> Int64 {
        switch self {
        case .minute: period / 60
        case .hour: period
        case .day: period &* 24
        }
    }
}

extension UsageDimension {
    /// Its place in a key.
    fileprivate var lane: Int {
        switch self {
        case .tenant: 0
        case .key: 1
        case .target: 2
        case .tool: 3
        case .outcome: 4
        case .hour: 5
        case .day: 6
        case .month: 7
        }
    }
}

extension UsageFigures {
    fileprivate mutating func add(_ row: borrowing Row) {
        addCounts(row)
        if let bytes = row.blob(at: 17) { durations.merge(encoded: bytes.span) }
    }
}
