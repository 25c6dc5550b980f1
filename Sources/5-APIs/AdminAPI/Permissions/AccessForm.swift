package import REST
import Store

/// The JSON form of a tenant's access to a tool; docs/cli-json.md describes it.
package struct AccessForm: Form {
    package struct Record: Sendable {
        let isAllowed: Bool
        let words: RuleWords
        let allowedBy: [String]
    }

    package static let component: String? = "Access"

    package let allowed = Member(
        "allowed",
        .truth("whether it's listed and may be called now, limits aside"),
        \Record.isAllowed
    )
    package let rule = Member(
        "rule",
        .text(1...64, "the rule that decided, for programs"),
        \Record.words.name
    )
    package let reason = Member("reason", .text(1...1_024, "the same, for people"), \Record.words.reason)
    package let pattern = Member("pattern", .text(1...256, "of that rule"), \Record.words.pattern)
    package let subscription = Member("subscription", .id, \Record.words.subscription?.id)
    package let subscriptionState = Member(
        "subscriptionState",
        .word(of: SubscriptionRecord.State.self),
        \Record.words.subscription?.state.rawValue
    )
    package let allowedBy = Member("allowedBy", .patternTexts, \Record.allowedBy)
    package let hint = Member("hint", .text(1...1_024, "what to do to change it"), \Record.words.hint)

    package init() {}

    /// The access as a text, such as `the reason, *pattern* (subscription 3, approved); allowed by …`.
    package static func sentence(_ access: Answer<AccessForm>) -> Sentence {
        let pattern: Sentence? = access.pattern.map { ", \($0)" }
        let state: Sentence? = access.subscriptionState.map { ", \($0)" }
        let subscription: Sentence? = access.subscription.map { " (subscription \($0)\(state))" }
        let allowedBy: Sentence? =
            access.allowedBy.isEmpty
            ? nil : "; allowed by \(access.allowedBy.joined(separator: " "))"
        let hint: Sentence? = access.hint.map { "; \($0)" }
        return "\(access.reason)\(pattern)\(subscription)\(allowedBy)\(hint)"
    }
}
