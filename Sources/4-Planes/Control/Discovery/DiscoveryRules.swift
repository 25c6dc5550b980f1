package import Config
import Contracts
import Policy
import Store
import Text

/// What the settings and a function's tags say about the function. Tags are untrusted: whoever may tag a function
/// writes them.
package struct DiscoveryRules: Sendable {
    let discovery: GatewayConfig.Discovery

    package init(_ discovery: GatewayConfig.Discovery) { self.discovery = discovery }

    /// Whether the settings mean this function, by its name or ARN.
    func means(_ function: FunctionEntry) -> Bool {
        if discovery.prefix == nil, discovery.functions.isEmpty { return true }
        if let prefix = discovery.prefix, function.name.hasPrefix(prefix) { return true }
        return discovery.functions.contains { $0 == function.name || $0 == function.arn }
    }

    /// Why the tags don't fit; nil when the function has all tags that the settings ask for.
    func tagFault(_ tags: [String: String]) -> String? {
        for (key, value) in discovery.tags.sorted(by: { $0.key < $1.key }) {
            guard let found = tags[key] else { return "it has no tag \(shown(key))" }
            if found != value {
                return "its tag \(shown(key)) is \(shown(found)), not \(shown(value))"
            }
        }
        return nil
    }

    enum ContractChoice: Equatable {
        case contract(Contract, DiscoveryReason)
        /// The tag says that the function is not a tool.
        case unwanted
        case none(why: String)
    }

    /// The function's contract. It is never found out by trying: a plain function would run.
    func contract(_ tags: [String: String]) -> ContractChoice {
        guard let word = tags[DiscoveryTag.contract] else {
            guard let contract = discovery.contract else {
                return .none(
                    why: "it has no tag \(DiscoveryTag.contract), and the discovery sets no contract"
                )
            }
            return .contract(contract, .setting)
        }
        if word == DiscoveryTag.none { return .unwanted }
        guard let contract = Contract(rawValue: word) else {
            let words = Contract.allCases.map { $0.rawValue } + [DiscoveryTag.none]
            return .none(
                why:
                    "its tag \(DiscoveryTag.contract) is \(shown(word)); there are \(words.joined(separator: ", "))"
            )
        }
        if contract == .agentcore {
            return .none(
                why: "the contract agentcore needs its tools declared: "
                    + "`mcp-gateway target add NAME --function ARN --contract agentcore --tools FILE`"
            )
        }
        return .contract(contract, .tag)
    }

    struct ApprovalChoice: Equatable {
        var approval: Approval
        var reason: DiscoveryReason
        /// A note about the tag for the operator.
        var note: String?
    }

    /// The function's approval. A tag may always ask for a stricter approval than the discovery's, and for a more open
    /// one only as far as `approval_from_tags` allows: tagging a function opens nothing that the operator hasn't
    /// opened.
    func approval(_ tags: [String: String]) -> ApprovalChoice {
        guard let word = tags[DiscoveryTag.approval] else {
            return ApprovalChoice(approval: discovery.approval, reason: .setting)
        }
        guard let wanted = Approval(rawValue: word) else {
            // The tag's writer wanted another approval than the discovery's, but which is unknown: take the strictest.
            return ApprovalChoice(
                approval: .required,
                reason: .tag,
                note: "its tag \(DiscoveryTag.approval) is \(shown(word)), which isn't one of "
                    + "\(Approval.allCases.map { $0.rawValue }.joined(separator: ", ")): taken for required"
            )
        }
        let limit = discovery.approvalFromTags ?? discovery.approval
        if !wanted.isMoreOpen(than: limit) || !wanted.isMoreOpen(than: discovery.approval) {
            return ApprovalChoice(approval: wanted, reason: .tag)
        }
        return ApprovalChoice(
            approval: limit.isMoreOpen(than: discovery.approval) ? limit : discovery.approval,
            reason: .tagLimited,
            note: "its tag \(DiscoveryTag.approval) is \(word), more open than tags may say here"
        )
    }

    /// The target of plain functions with that approval, because an approval holds for a whole target.
    func target(of approval: Approval) -> String {
        approval == discovery.approval
            ? discovery.name : Self.fitting("\(discovery.name)-\(approval.rawValue)")
    }

    /// The name of a function's own target, made from the function's name; nil when no part of that can be in one.
    func target(of function: String) -> TargetName? {
        let rest = discovery.prefix.map {
            function.hasPrefix($0) ? String(function.dropFirst($0.count)) : function
        }
        for text in [rest ?? function, function] {
            if let name = try? TargetName(text), !name.isReserved { return name }
            if let near = NameSuggestion.near(text), let name = try? TargetName(near) { return name }
        }
        return nil
    }

    /// The text, cut to the length of a target's name.
    private static func fitting(_ text: String) -> String {
        guard text.utf8.count > 50 else { return text }
        let end = text.split(separator: "-").last ?? ""
        var start = text.dropLast(end.count + 1).prefix(50 - end.count - 1)
        while start.last == "-" { start.removeLast() }
        return "\(start)-\(end)"
    }

    private func shown(_ text: String) -> String { quoted(HiddenCharacters.shown(text), scalarsMax: 60) }
}
