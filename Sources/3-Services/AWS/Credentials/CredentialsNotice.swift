import Calendar

/// What an operator should read about a key pair. Holds no secret.
package struct CredentialsNotice: Sendable {
    package enum Weight: Sendable { case debug, info, warning, error }

    package let weight: Weight
    /// The same for all of its kind.
    package let message: String
    /// What differs, by names.
    package let values: [(String, String)]

    init(_ weight: Weight, _ message: String, _ values: [(String, String)]) {
        self.weight = weight
        self.message = message
        self.values = values
    }
}

/// Turns what searches come to into notices, and repeats none of them all the time. A value.
struct NoticeFilter: Sendable {
    /// Between two notices of the same text.
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

    /// - Parameter kept: the end of what stays in use; nil when nothing does.
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
