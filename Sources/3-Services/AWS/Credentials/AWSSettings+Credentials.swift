import Bytes
import Calendar
import Crypto
import SigV4
import Text

extension AWSSettings {
    /// The first key pair of the chain: environment, then profile. A profile that the caller named leaves the
    /// environment out.
    ///
    /// Source: botocore `create_credential_resolver`
    package func credentials() throws(CredentialsError) -> Credentials {
        if !isProfileExplicit, let found = try environmentCredentials() { return found }
        if let found = try profileCredentials() { return found }
        throw .none(profile: profileName, notes: notes)
    }

    private func environmentCredentials() throws(CredentialsError) -> Credentials? {
        guard let id = environment["AWS_ACCESS_KEY_ID"] else { return nil }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw .incomplete(
                found: "AWS_ACCESS_KEY_ID",
                missing: "AWS_SECRET_ACCESS_KEY",
                place: "environment"
            )
        }
        let tokenName = ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"].first { environment[$0] != nil }
        let token = tokenName.flatMap { environment[$0] }
        try checkPlain(
            [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret), (tokenName ?? "", token ?? "")],
            place: "environment"
        )
        return Credentials(
            signing: SigningCredential(accessKeyID: id, secret: Secret(secret), sessionToken: token),
            source: "environment",
            expiration: environment["AWS_CREDENTIAL_EXPIRATION"].flatMap(time)
        )
    }

    private func profileCredentials() throws(CredentialsError) -> Credentials? {
        guard let profile = profiles.profiles[profileName] else {
            if profileName == "default", !isProfileExplicit { return nil }
            let paths = [environment.configPath, environment.credentialsPath].compactMap { $0 }
            throw .profileNotFound(name: profileName, paths: paths)
        }
        // A profile that takes a role, or signs on, means that identity even when it holds keys too.
        if let key = unsupportedFirst.first(where: { profileValue($0) != nil }) {
            throw .unsupported(profile: profileName, key: key)
        }
        let id = profileValue("aws_access_key_id")
        let secret = profileValue("aws_secret_access_key")
        if let id, let secret {
            let tokenName = ["aws_session_token", "aws_security_token"].first { profileValue($0) != nil }
            let token = tokenName.flatMap { profileValue($0) }
            try checkPlain(
                [
                    ("aws_access_key_id", id), ("aws_secret_access_key", secret),
                    (tokenName ?? "", token ?? ""),
                ],
                place: "profile '\(profileName)'"
            )
            return Credentials(
                signing: SigningCredential(accessKeyID: id, secret: Secret(secret), sessionToken: token),
                source: "profile '\(profileName)'"
            )
        }
        if id != nil || secret != nil {
            let names = ["aws_access_key_id", "aws_secret_access_key"]
            throw .incomplete(
                found: names[id == nil ? 1 : 0],
                missing: names[id == nil ? 0 : 1],
                place: "profile '\(profileName)'"
            )
        }
        if let key = unsupportedLast.first(where: { profile[$0]?.isEmpty == false }) {
            throw .unsupported(profile: profileName, key: key)
        }
        return nil
    }

    /// A value with a control character inside is no key, and would split the head of the request that it is put into.
    private func checkPlain(
        _ values: [(name: String, value: String)],
        place: String
    ) throws(CredentialsError) {
        for (name, value) in values where OutsideValue.holdsControl(value) {
            throw .unusable(name: name, place: place)
        }
    }

    /// What the environment offers that isn't built yet.
    private var notes: [String] {
        let names = [
            "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ]
        var notes = names.filter { environment[$0] != nil }.map { "\($0) is set, but is not supported yet" }
        if environment["AWS_ACCESS_KEY_ID"] == nil, environment["AWS_SECRET_ACCESS_KEY"] != nil {
            notes.append("AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID")
        }
        if isProfileExplicit, environment["AWS_ACCESS_KEY_ID"] != nil {
            notes.append("the environment's AWS_ACCESS_KEY_ID is not used, because a profile is named")
        }
        return notes
    }

    /// `2026-11-21T00:00:00Z`, with or without the signs between; anything else is no time.
    private func time(_ text: String) -> UTCTime? {
        UTCTime(stamp: text.filter { $0 != "-" && $0 != ":" }.utf8.span)
    }
}

/// What decides the identity of a profile before its own keys do.
private let unsupportedFirst = ["role_arn", "sso_session", "sso_account_id", "sso_start_url"]

/// What is asked when a profile has no keys.
private let unsupportedLast = [
    "login_session", "credential_process", "web_identity_token_file", "credential_source", "source_profile",
]
