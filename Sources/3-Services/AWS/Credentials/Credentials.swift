package import Calendar
package import SigV4

/// A key pair as it was found: what signs, where it came from and how long it's good.
package struct Credentials: Sendable, Equatable {
    package let signing: SigningCredential
    /// For people: `environment`, `profile 'x'`.
    package let source: String
    /// When a temporary key pair ends, if that is known.
    package let expiration: UTCTime?
    /// Where the instance is that gave it; asked for where no setting names a region.
    package let region: Region?

    package init(
        signing: SigningCredential,
        source: String,
        expiration: UTCTime? = nil,
        region: Region? = nil
    ) {
        self.signing = signing
        self.source = source
        self.expiration = expiration
        self.region = region
    }

    /// Whether it is good no longer.
    func hasExpired(at now: UTCTime) -> Bool { expiration.map { $0 <= now } ?? false }
}

/// Why there is no key pair to sign with. Says what to set; never holds a secret.
package enum CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Half of a key pair.
    case incomplete(found: String, missing: String, place: String)
    case profileNotFound(name: String, paths: [String])
    /// A value that holds a control character.
    case unusable(name: String, place: String)
    /// Settings that say where the key pair is, but not in a way that can be followed. `reason` says what to change.
    case misconfigured(place: String, reason: String)
    /// Who was asked for a key pair gave none.
    case refused(source: String, reason: String)
    /// Who was asked couldn't be reached, or is out of order; it may be well again soon.
    case unreachable(source: String, reason: String)
    /// The key pair has ended, and nobody gave a new one.
    case expired(source: String, at: UTCTime, reason: String)
    /// The first search is under way.
    case pending
    case file(ProfileError)
    /// Nothing anywhere. `notes` say what was seen but can't be used.
    case none(profile: String, notes: [String])

    package var description: String {
        switch self {
        case .incomplete(let found, let missing, let place):
            "\(found) is set in the \(place), but \(missing) is not: set both, or neither"
        case .unusable(let name, let place):
            "\(name) in the \(place) holds a line break or another control character: set it again, to one line"
        case .profileNotFound(let name, let paths):
            "there is no profile '\(name)' in \(paths.joined(separator: " or "))"
        case .misconfigured(let place, let reason): "\(place): \(reason)"
        case .refused(let source, let reason), .unreachable(let source, let reason):
            "AWS credentials from \(source): \(reason)"
        case .expired(let source, let end, let reason):
            "the AWS credentials from \(source) ended at \(end.rfc3339), and there are no new ones: \(reason)"
        case .pending: "AWS credentials are still being looked for; try again in a moment"
        case .file(let error): error.description
        case .none(let profile, let notes):
            ([
                "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the profile '\(profile)' "
                    + "aws_access_key_id and aws_secret_access_key, or run where a role gives them"
            ] + notes).joined(separator: "; ")
        }
    }

    /// Whether another try may come to something without a change of settings.
    var mayPass: Bool {
        switch self {
        case .refused, .unreachable, .expired, .pending: true
        default: false
        }
    }
}
