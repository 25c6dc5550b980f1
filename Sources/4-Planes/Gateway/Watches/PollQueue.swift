/// Who polls next: tenants take turns, each has few polls under way, and so have all together. So a tenant whose functions
/// hang, or that watches much, delays no other one for long. A value: no clock, no lock.
struct PollQueue<Item> {
    /// The waiting items of one tenant.
    private struct Line {
        var items: [Item] = []
        /// The first of those that still wait.
        var next = 0

        init() {}
    }

    private let max: Int
    private let perTenantMax: Int
    private var lines: [Int64: Line] = [:]
    /// The tenants with a line, the one whose turn it is first.
    private var turns: [Int64] = []
    /// [tenant] → its polls under way.
    private var running: [Int64: Int] = [:]
    private(set) var runningCount = 0

    /// - Parameters:
    ///   - max: the most items that are under way at once.
    ///   - perTenantMax: the same of one tenant.
    init(max: Int, perTenantMax: Int) {
        self.max = max
        self.perTenantMax = perTenantMax
    }

    /// Whether nothing waits and nothing is under way.
    var isEmpty: Bool { lines.isEmpty && runningCount == 0 }

    /// How many items wait.
    var waitingCount: Int { lines.values.reduce(0) { $0 + $1.items.count - $1.next } }

    /// How many items are kept, those among them that were taken lately.
    var keptCount: Int { lines.values.reduce(0) { $0 + $1.items.count } }

    /// Adds an item to the end of its tenant's line.
    mutating func add(_ item: Item, of tenant: Int64) {
        if lines[tenant] == nil { turns.append(tenant) }
        lines[tenant, default: Line()].items.append(item)
    }

    /// Takes the next item, which is under way until `ended` is called; nil when none may begin now.
    mutating func next() -> (item: Item, tenant: Int64)? {
        guard runningCount < max else { return nil }
        // At most `max` tenants can be skipped here: those that have polls under way.
        for place in turns.indices where running[turns[place], default: 0] < perTenantMax {
            let tenant = turns.remove(at: place)
            guard var line = lines.removeValue(forKey: tenant) else { continue }
            let item = line.items[line.next]
            line.next += 1
            // A line that never becomes empty must not keep what was taken from it.
            if line.next >= 64, line.next * 2 >= line.items.count {
                line.items.removeFirst(line.next)
                line.next = 0
            }
            if line.next < line.items.count {
                lines[tenant] = line
                turns.append(tenant)
            }
            running[tenant, default: 0] += 1
            runningCount += 1
            return (item, tenant)
        }
        return nil
    }

    /// Notes that an item of the tenant isn't under way any more.
    mutating func ended(of tenant: Int64) {
        guard let count = running[tenant] else { return }
        running[tenant] = count > 1 ? count - 1 : nil
        runningCount -= 1
    }

    /// Removes waiting items of a tenant. Linear in its line.
    mutating func remove(of tenant: Int64, where isGone: (Item) -> Bool) {
        guard var line = lines.removeValue(forKey: tenant) else { return }
        line.items = line.items[line.next...].filter { !isGone($0) }
        line.next = 0
        if line.items.isEmpty {
            turns.removeAll { $0 == tenant }
        } else {
            lines[tenant] = line
        }
    }
}
