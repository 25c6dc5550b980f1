/// One thing that a person should know or do, for `status`, alerts, `doctor` and a web page.
package struct Attention: Sendable, Equatable {
    package enum Severity: String, Sendable, CaseIterable {
        /// Agents are refused, or will lose something that they were told.
        case problem
        /// Something waits for a person, or becomes a problem by itself.
        case warning
        case note
    }

    /// Kinds in the order in which a person should look at them.
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
    /// What the item is about: `target time`, `key ab12cd34`. No two items have the same kind and subject.
    package let subject: String
    /// What is wrong. May hold texts of targets and tenants, so it must be made safe before it is shown.
    package let message: String
    /// The message without a function's own text, which may hold secrets; for readers without a credential.
    package let openMessage: String
    /// When it began, in milliseconds since 1970; nil when that isn't known.
    package let sinceMs: Int64?
    /// What to do next, mostly with a command.
    package let next: String

    /// - Parameter said: a function's own text, which ends the message.
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

    /// Orders items by how soon a person should look at them.
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

/// The bounds from which on something becomes an item.
package enum AttentionBounds {
    /// Certificates and admin tokens: two weeks, because their renewal takes other people and a change window.
    package static let certificateMs: Int64 = 14 * dayMs
    package static let adminTokenMs: Int64 = 14 * dayMs
    /// Approvals of subscriptions: two weeks, because an operator has to decide again.
    package static let subscriptionMs: Int64 = 14 * dayMs
    /// Keys: a week. One command makes a successor, and both keys are valid meanwhile.
    package static let keyMs: Int64 = 7 * dayMs
    /// AWS key pairs that expire: an hour, because some live no longer than that.
    package static let credentialsMs: Int64 = dayMs / 24
    /// Used percent of a quota: at a steady pace, a fifth of the period is left.
    package static let quotaPercent = 80
    /// Used percent of a quota that will be used up before its period ends: with less, the pace may be chance.
    package static let quotaForecastPercent = 25
    /// Dropped records of calls: shown for an hour.
    package static let droppedMs: Int64 = dayMs / 24
    /// The most items of one kind; the last one counts the rest.
    package static let itemsMax = 10

    private static let dayMs: Int64 = 86_400_000
}
