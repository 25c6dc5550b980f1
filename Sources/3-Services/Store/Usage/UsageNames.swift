import Telemetry

/// The names to show for sums of calls, by the ids that the rows have.
struct UsageNames {
    struct Tool {
        /// Positions in `texts`: tools of one name are summed as one.
        let target: Int64
        let tool: Int64
    }

    var tenants: [Int64: String] = [:]
    var keys: [Int64: String] = [:]
    private(set) var tools: [Int64: Tool] = [:]
    private(set) var texts: [String] = []
    private var positions: [String: Int64] = [:]
    /// The ids of the selected tools; nil for all.
    private(set) var selectedTools: Set<Int64>?

    /// Keeps a tool's names: its target's name, and the name that agents use for it now, without the target's.
    mutating func add(tool id: Int64, _ target: String, _ name: String) {
        let isOther = target.isEmpty && name.isEmpty
        tools[id] = Tool(
            target: position(of: isOther ? UsageSum.otherName : target),
            tool: position(of: isOther ? UsageSum.otherName : "\(target)___\(name)")
        )
    }

    mutating func select(target: String?, tool: String?) {
        let selected = tools.filter { entry in
            (target.map { texts[Int(entry.value.target)] == $0 } ?? true)
                && (tool.map { texts[Int(entry.value.tool)] == $0 } ?? true)
        }
        selectedTools = Set(selected.keys)
    }

    private mutating func position(of text: String) -> Int64 {
        if let known = positions[text] { return known }
        positions[text] = Int64(texts.count)
        texts.append(text)
        return Int64(texts.count - 1)
    }

    /// The text to show for a lane of a `UsageGroups.Key`.
    func text(of dimension: UsageDimension, _ lane: Int64) -> String {
        switch dimension {
        case .tenant: tenants[lane] ?? "#\(lane)"
        case .key: keyText(lane)
        case .target, .tool: texts.indices.contains(Int(lane)) ? texts[Int(lane)] : "#\(lane)"
        case .outcome: CallOutcome(rawValue: Int(lane))?.label ?? UsageSum.unknownOutcome
        case .hour: UsageSpan.text(startOf: lane)
        case .day: UsageSpan.text(ofHour: lane * 24)
        case .month: String(UsageSpan.text(ofHour: UsageUnit.month.startHour(of: lane)).prefix(7))
        }
    }

    /// A key is never deleted, but revoked; should one be gone, its number is left.
    private func keyText(_ id: Int64) -> String {
        switch id {
        case 0: UsageSum.tokenName
        case -1: UsageSum.otherName
        default: keys[id] ?? "#\(id)"
        }
    }
}
