import Calendar

/// What an operator should read about a key pair. Holds no secret.
package struct CredentialsNotice: Sendable, Equatable {
    package enum Weight: Sendable { case debug, info, warning, error }

    package let weight: Weight
    package let text: String

    init(_ weight: Weight, _ text: String) {
        self.weight = weight
        self.text = text
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
        let end = credentials.expiration.map { ", good until \($0.rfc3339)" } ?? ""
        return CredentialsNotice(
            isAgain || isOther ? .info : .debug,
            "AWS credentials from \(credentials.source)\(end)"
        )
    }

    /// - Parameter kept: the end of what stays in use; nil when nothing does.
    mutating func failed(_ error: CredentialsError, keeping kept: UTCTime?, at now: UTCTime)
        -> CredentialsNotice?
    {
        let text =
            kept.map { "AWS credentials can't be renewed, those in use end at \($0.rfc3339): \(error)" }
            ?? "no AWS credentials are in force: \(error)"
        if let last = lastFailure, last.text == text, now < last.at.adding(seconds: Self.repeatSeconds) {
            return nil
        }
        lastFailure = (text, now)
        return CredentialsNotice(kept == nil ? .error : .warning, text)
    }
}
