import Calendar

/// A log message about a key pair, for an operator. Holds no secret.
package struct CredentialsNotice: Sendable {
    package enum Weight: Sendable { case debug, info, warning, error }

    package let weight: Weight
    /// The constant text of this kind of notice.
    package let message: String
    /// The details of this notice: names and values.
    package let values: [(String, String)]

    init(_ weight: Weight, _ message: String, _ values: [(String, String)]) {
        self.weight = weight
        self.message = message
        self.values = values
    }
}

/// Turns the outcomes of searches into notices, and holds back repetitions. A value.
struct NoticeFilter: Sendable {
    /// The least number of seconds between two notices with the same text.
    static let repeatSeconds = 600

    private var lastFailure: (text: String, at: UTCTime)?
    private var lastSource: String?

    mutating func found(_ credentials: Credentials, isNews: Bool) -> CredentialsNotice? {
        let isAgain = lastFailure != nil
        let isOther = lastSource != credentials.source
        lastFailure = nil
        lastSource = credentials.source
        guard isNews || isAgain else { return nil }
        return CredentialsNotice(
            isAgain || isOther ? .info : .debug,
            "AWS credentials were found",
            [("source", "\(credentials.source)"), ("good_until", credentials.expiration?.rfc3339 ?? "")]
        )
    }

    /// - Parameter kept: when the key pair that stays in use expires; nil when none is in use.
    mutating func failed(_ error: CredentialsError, keeping kept: UTCTime?, at now: UTCTime)
        -> CredentialsNotice?
    {
        let message =
            kept == nil
            ? "no AWS credentials are in force" : "AWS credentials can't be renewed, those in use still work"
        let text = "\(message) \(kept?.rfc3339 ?? ""): \(error)"
        if let last = lastFailure, last.text == text, now < last.at.adding(seconds: Self.repeatSeconds) {
            return nil
        }
        lastFailure = (text, now)
        return CredentialsNotice(
            kept == nil ? .error : .warning,
            message,
            [("good_until", kept?.rfc3339 ?? ""), ("error", "\(error)")]
        )
    }
}
