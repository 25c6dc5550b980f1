import Control
import JSON
import Model

// What the options of a limit say, and how limits are shown.

/// `--rate`, `--burst` and `--quota`, for `limit set` and for a new key's own limit.
struct LimitWords: Sendable {
    /// By the names of the API; `null` takes away.
    let members: [(String, JSONValue)]

    var isEmpty: Bool { members.isEmpty }

    init(_ words: ParsedWords) throws(UsageError) {
        var members: [(String, JSONValue)] = []
        if let rate = words.option("--rate") {
            guard rate == "none" || RateText.parse(rate) != nil else {
                throw UsageError("--rate takes calls per s, m or h, such as 50/s, or none")
            }
            members.append(("rate", rate == "none" ? .null : .string(rate)))
        }
        if let burst = words.option("--burst") {
            members.append(("burst", try Self.figure(burst, "--burst", "100")))
        }
        for quota in words.options("--quota") {
            let halves = quota.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let member = ["day": "dayQuota", "month": "monthQuota"][halves[1]] else {
                throw UsageError("--quota takes calls per day or month, such as 100000/day, or none/day")
            }
            guard !members.contains(where: { $0.0 == member }) else {
                throw UsageError("--quota is given twice for one \(halves[1])")
            }
            members.append((member, try Self.figure(String(halves[0]), "--quota", "100000/day")))
        }
        self.members = members
    }

    private static func figure(
        _ text: String,
        _ option: String,
        _ example: String
    ) throws(UsageError) -> JSONValue {
        if text == "none" { return .null }
        guard (1...15).contains(text.utf8.count), text.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let figure = Int(text)
        else {
            throw UsageError("\(option) takes a whole number, such as \(example), or none")
        }
        return .int(figure)
    }
}

extension Usage.Option {
    static let limit = [
        Usage.Option(name: "--rate", value: "50/s", summary: "calls per s, m or h"),
        Usage.Option(
            name: "--burst",
            value: "100",
            summary: "calls at once; as many as the rate's when left out"
        ),
        Usage.Option(
            name: "--quota",
            value: "100000/day",
            summary: "calls per day or month, UTC",
            isRepeatable: true
        ),
    ]
}

extension Usage.Operand {
    static let limitScope = Usage.Operand(
        name: "scope",
        summary: "tenant, key, target, tenant-target or tenant-tool"
    )

    static let limitName = Usage.Operand(
        name: "name",
        summary: "NAME, PREFIX of a key, TENANT/TARGET or TENANT/TARGET___TOOL"
    )
}

/// `rate 50/s, burst 100, 100000/day`
func limitFigures(_ limit: JSONValue) -> String {
    var parts: [String] = []
    if let rate = limit.text("rate") { parts.append("\(rate) with burst \(limit.text("burst") ?? rate)") }
    if let day = limit.text("dayQuota") { parts.append("\(day)/day") }
    if let month = limit.text("monthQuota") { parts.append("\(month)/month") }
    return safe(parts.joined(separator: ", "))
}
