package import Calendar
package import SigV4

/// A key pair to sign with, its source, and its expiration.
package struct Credentials: Sendable, Equatable {
    package let signing: SigningCredential
    /// The source, in words for people, such as `environment` or `profile 'x'`.
    package let source: String
    /// When a temporary key pair expires, if that is known.
    package let expiration: UTCTime?
    /// The region of the EC2 instance that gave the key pair; read only if no setting names a region.
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

    /// Whether the key pair has expired.
    func hasExpired(at now: UTCTime) -> Bool { expiration.map { $0 <= now } ?? false }
}

/// Why there is no key pair to sign with. The description says what to set, and never holds a secret.
package enum CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Only one half of a key pair is set.
    case incomplete(found: String, missing: String, place: String)
    case profileNotFound(name: String, paths: [String])
    /// A value holds a control character.
    case unusable(name: String, place: String)
    /// The settings name a source for the key pair, but it can't be used as described. `reason` says what to change.
    case misconfigured(place: String, reason: String)
    /// The source was asked for a key pair and gave none. `isAboutSigner`: whether STS refused the credentials that
    /// sign the request, rather than the role.
    case refused(source: String, reason: String, isAboutSigner: Bool = false)
    /// The source couldn't be reached, or failed; a later try may succeed.
    case unreachable(source: String, reason: String)
    /// The key pair has expired, and no source gave a new one.
    case expired(source: String, at: UTCTime, reason: String)
    /// The first search for a key pair hasn't ended yet.
    case pending
    case file(ProfileError)
    /// No source has a key pair. `notes` list settings that were seen but can't be used.
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
        case .refused(let source, let reason, _), .unreachable(let source, let reason):
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

    /// Whether another try may succeed without a change of settings.
    var mayPass: Bool {
        switch self {
        case .refused, .unreachable, .expired, .pending: true
        default: false
        }
    }
}
