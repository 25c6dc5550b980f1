/// One thing that somebody should know or do: for `status`, alerts, `doctor`, a page.
package struct Attention: Sendable, Equatable {
    package enum Severity: String, Sendable, CaseIterable {
        /// Agents are refused, or will lose something that was told to them.
        case problem
        /// It waits for a person, or becomes a problem by itself.
        case warning
        case note
    }

    /// In the order in which a person should look at them.
    package enum Kind: String, Sendable, CaseIterable {
        case storeDisplaced = "store_displaced"
        case serverNotReady = "server_not_ready"
        case unknownContract = "unknown_contract"
        case callsFailing = "calls_failing"
        case listFailing = "list_failing"
        case discoveryFailing = "discovery_failing"
        case fileFaulty = "file_faulty"
        case certificateExpires = "certificate_expires"
        case credentialsExpire = "credentials_expire"
        case roleFailing = "role_failing"
        case recordsFailing = "records_failing"
        case tracesFailing = "traces_failing"
        case reloadFaulty = "reload_faulty"
        case restartNeeded = "restart_needed"
        case subscriptionPending = "subscription_pending"
        case toolWaiting = "tool_waiting"
        case toolsRefused = "tools_refused"
        case functionsMissing = "functions_missing"
        case quotaNearEnd = "quota_near_end"
        case keyExpires = "key_expires"
        case adminTokenExpires = "admin_token_expires"
        case subscriptionExpires = "subscription_expires"
        case targetNew = "target_new"
    }

    package let severity: Severity
    package let kind: Kind
    /// What it is about: `target time`, `key ab12cd34`. At most one item has the same kind and subject.
    package let subject: String
    /// What is the matter. Texts of targets and tenants may be in it, so it isn't safe to show yet.
    package let message: String
    /// The same without what a function said of it, which may hold secrets: for those who show no credential.
    package let openMessage: String
    /// Since when, in milliseconds since 1970; nil when that isn't known.
    package let sinceMs: Int64?
    /// What to do next, mostly with a command.
    package let next: String

    /// - Parameter said: what a function said of it; the end of the message.
    package init(
        _ severity: Severity,
        _ kind: Kind,
        _ subject: String,
        _ message: String,
        said: String? = nil,
        sinceMs: Int64? = nil,
        next: String
    ) {
        self.severity = severity
        self.kind = kind
        self.subject = subject
        self.message = message + (said.map { ": \($0)" } ?? "")
        openMessage = message
        self.sinceMs = sinceMs
        self.next = next
    }

    /// What needs a person first.
    static func comesBefore(_ one: Attention, _ other: Attention) -> Bool {
        func rank(_ item: Attention) -> (Int, Int, Int64, String) {
            (
                Severity.allCases.firstIndex(of: item.severity) ?? 0,
                Kind.allCases.firstIndex(of: item.kind) ?? 0, item.sinceMs ?? .max, item.subject
            )
        }
        return rank(one) < rank(other)
    }
}

/// From when on something is worth a word.
package enum AttentionBounds {
    /// Certificates and admin tokens: two weeks, as their renewal takes other people and a change window.
    package static let certificateMs: Int64 = 14 * dayMs
    package static let adminTokenMs: Int64 = 14 * dayMs
    /// Approvals of subscriptions: as an operator has to decide anew.
    package static let subscriptionMs: Int64 = 14 * dayMs
    /// Keys: a week. Their holder gets a successor by one command, and both are good meanwhile.
    package static let keyMs: Int64 = 7 * dayMs
    /// Key pairs of AWS that end: an hour, as some live no longer than that in all.
    package static let credentialsMs: Int64 = dayMs / 24
    /// Percent of a quota: at a steady pace there is a fifth of the period left.
    package static let quotaPercent = 80
    /// Percent of a quota that will be used up before its end: with less, the pace may be chance.
    package static let quotaForecastPercent = 25
    /// Records of calls that were dropped: for an hour.
    package static let droppedMs: Int64 = dayMs / 24
    /// Of one kind that are named one by one; the rest is counted in one more item.
    package static let itemsMax = 10

    private static let dayMs: Int64 = 86_400_000
}
