package import Calendar
package import SigV4

/// A key pair as it was found: what signs, where it came from and how long it's good.
package struct Credentials: Sendable, Equatable {
    package let signing: SigningCredential
    /// For people: `environment`, `profile "x"`.
    package let source: String
    /// When a temporary key pair ends, if that is known.
    package let expiration: UTCTime?

    package init(signing: SigningCredential, source: String, expiration: UTCTime? = nil) {
        self.signing = signing
        self.source = source
        self.expiration = expiration
    }
}

/// Why there is no key pair to sign with. Says what to set; never holds a secret.
package enum CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Half of a key pair.
    case incomplete(found: String, missing: String, place: String)
    case profileNotFound(name: String, paths: [String])
    /// A value that holds a control character.
    case unusable(name: String, place: String)
    /// The profile gets its keys in a way that isn't built yet.
    case unsupported(profile: String, key: String)
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
        case .unsupported(let profile, let key):
            "profile '\(profile)' uses \(key), which is not supported yet: give the profile aws_access_key_id and "
                + "aws_secret_access_key, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case .file(let error): error.description
        case .none(let profile, let notes):
            ([
                "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the profile '\(profile)' "
                    + "aws_access_key_id and aws_secret_access_key"
            ] + notes).joined(separator: "; ")
        }
    }
}
