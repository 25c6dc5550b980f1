import JSON
import Policy

extension WriteTransaction {
    borrowing func auditSubscription(
        _ verb: String,
        before: SubscriptionRecord?,
        after: SubscriptionRecord
    ) throws(StoreError) {
        try audit(
            "subscription.\(verb)",
            "subscription:\(after.id)",
            tenant: after.tenant.text,
            before: before.map { auditView($0) },
            after: auditView(after)
        )
    }
}

private func auditView(_ record: SubscriptionRecord) -> JSONValue {
    [
        "tenant": .string(record.tenant.text),
        "target": .string(record.target.text),
        "state": .string(record.state.rawValue),
        "requestedTools": patternsView(record.requestedTools),
        "approvedTools": patternsView(record.approvedTools),
        "requestReason": record.requestReason.map { .string($0) } ?? .null,
        "decisionReason": record.decisionReason.map { .string($0) } ?? .null,
        "decidedBy": record.decidedBy.map { .string($0) } ?? .null,
        "expiresAtMs": record.expiresAtMs.map { .number("\($0)") } ?? .null,
        "isPinned": .bool(record.isPinned),
    ]
}

private func patternsView(_ patterns: [NamePattern]) -> JSONValue {
    .array(patterns.map { .string($0.text) })
}

extension StoreError {
    static func noSubscription(_ id: Int64) -> StoreError {
        StoreError(
            .notFound,
            "there is no subscription \(id)",
            hint: "the list of subscriptions shows their ids"
        )
    }

    /// A decision that comes too late, or too early: says what it is now, by whom and since when.
    static func decided(_ found: SubscriptionRecord, refused verb: String) -> StoreError {
        let state: String =
            switch found.state {
            case .pending:
                "is pending since \(utcText(found.requestedAtMs)), asked for by \(found.requestedBy)"
            case .expired: "expired at \(utcText(found.expiresAtMs ?? 0))"
            case .approved, .denied, .revoked, .cancelled:
                "was \(found.state.rawValue) by \(found.decidedBy ?? "somebody") at "
                    + utcText(found.decidedAtMs ?? 0)
            }
        let hint: String =
            switch found.state {
            case .pending: "approve or deny it"
            case .approved where verb == "approved":
                "to approve it with another expiry or other tools, revoke it and let it be asked for again"
            case .approved: "revoke it to end it"
            case .denied, .revoked, .expired, .cancelled: "the tenant may ask again"
            }
        return StoreError(
            .conflict,
            "subscription \(found.id) \(state), so it can't be \(verb) now",
            hint: hint
        )
    }
}

/// `2026-11-21T06:36:47Z`. Source for the calendar: https://howardhinnant.github.io/date_algorithms.html
func utcText(_ milliseconds: Int64) -> String {
    let seconds = Int((Double(milliseconds) / 1_000).rounded(.down))
    let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    let second = seconds - days * 86_400
    // Years that begin in March, in eras of 400: the leap day is then the last of its year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    return "\(date)T\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
}
