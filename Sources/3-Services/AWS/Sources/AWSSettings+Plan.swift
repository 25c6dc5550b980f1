import Bytes
import Calendar
import Crypto
import SigV4
import Text

extension AWSSettings {
    /// Chooses the source of the key pair, in boto3's order: environment, a role of the profile, web identity, single
    /// sign-on, keys and processes of the profile, container, instance. If the caller named the profile, the
    /// environment's keys and its web identity are ignored.
    ///
    /// A source that is set but can't be used ends the search, because signing with other credentials would hide the
    /// mistake.
    /// Source: botocore `create_credential_resolver`, `ProfileProviderBuilder`
    func plan() -> CredentialsPlan {
        var passed: [SourceOutcome] = []
        for kind in kinds {
            do throws(CredentialsError) {
                switch try finding(kind) {
                case .found(let source): return CredentialsPlan(passed: passed, choice: .ask(source, kind))
                case .absent(let why): passed.append(SourceOutcome(kind, .absent, why))
                case .passedOver(let why): passed.append(SourceOutcome(kind, .absent, why, isNotable: true))
                }
            } catch {
                return CredentialsPlan(passed: passed, choice: .fault(error, kind))
            }
        }
        return CredentialsPlan(
            passed: passed.filter { $0.kind != .instance },
            choice: .fault(
                .none(
                    profile: profileName,
                    notes: CredentialsPlan.notes(passed) + [passed.last?.text ?? "no source was asked"]
                ),
                .instance
            )
        )
    }

    /// The result of examining one source.
    enum Finding {
        case found(CredentialsSource)
        case absent(String)
        /// A setting is present but has no effect.
        case passedOver(String)
    }

    /// The kinds in their order. A process comes before keys in the config file, and after keys in the credentials
    /// file.
    private var kinds: [CredentialsKind] {
        let keysFirst = profiles.keysInCredentialsFile.contains(profileName)
        return [.environment, .role, .webIdentity, .singleSignOn]
            + (keysFirst ? [.profile, .process] : [.process, .profile]) + [.container, .instance]
    }

    private func finding(_ kind: CredentialsKind) throws(CredentialsError) -> Finding {
        switch kind {
        case .settings: .absent("")
        case .environment: try environmentKeys()
        case .role: try profileRole()
        case .webIdentity: try webIdentity()
        case .singleSignOn: try singleSignOn(profileName)
        case .profile: try profileKeys(profileName)
        case .process: try process(profileName)
        case .container: try container()
        case .instance: try instance()
        }
    }

    // MARK: Environment

    private func environmentKeys() throws(CredentialsError) -> Finding {
        if isProfileExplicit {
            return environment["AWS_ACCESS_KEY_ID"] == nil
                ? .absent("a profile is named, so the environment isn't asked")
                : .passedOver("the environment's AWS_ACCESS_KEY_ID is not used, because a profile is named")
        }
        guard let id = environment["AWS_ACCESS_KEY_ID"] else {
            return environment["AWS_SECRET_ACCESS_KEY"] == nil
                ? .absent("AWS_ACCESS_KEY_ID is not set")
                : .passedOver("AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID")
        }
        return .found(.keys(try environmentCredentials(id: id)))
    }

    func environmentCredentials(id: String) throws(CredentialsError) -> Credentials {
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
            expiration: environment["AWS_CREDENTIAL_EXPIRATION"].flatMap { UTCTime(awsText: $0) }
        )
    }

    // MARK: Profile

    /// The keys in the profile itself.
    func profileKeys(_ profile: String) throws(CredentialsError) -> Finding {
        let id = profileValue("aws_access_key_id", of: profile)
        let secret = profileValue("aws_secret_access_key", of: profile)
        let place = "profile '\(profile)'"
        guard id != nil || secret != nil else { return .absent("\(place) has no aws_access_key_id") }
        guard let id, let secret else {
            let names = ["aws_access_key_id", "aws_secret_access_key"]
            throw .incomplete(
                found: names[id == nil ? 1 : 0],
                missing: names[id == nil ? 0 : 1],
                place: place
            )
        }
        let tokenName = ["aws_session_token", "aws_security_token"].first {
            profileValue($0, of: profile) != nil
        }
        let token = tokenName.flatMap { profileValue($0, of: profile) }
        try checkPlain(
            [("aws_access_key_id", id), ("aws_secret_access_key", secret), (tokenName ?? "", token ?? "")],
            place: place
        )
        return .found(
            .keys(
                Credentials(
                    signing: SigningCredential(accessKeyID: id, secret: Secret(secret), sessionToken: token),
                    source: place
                )
            )
        )
    }

    func process(_ profile: String) throws(CredentialsError) -> Finding {
        let place = "profile '\(profile)'"
        guard profileValue("login_session", of: profile) == nil else {
            throw .misconfigured(
                place: place,
                reason: "login_session is for people: a server can't sign in; give the profile a role or keys"
            )
        }
        guard let text = profileValue("credential_process", of: profile) else {
            return .absent("\(place) has no credential_process")
        }
        guard let words = CommandWords.split(text), !words.isEmpty else {
            throw .misconfigured(place: place, reason: "a quote in credential_process isn't closed")
        }
        return .found(.process(words, place: place))
    }

    /// A value with a control character isn't a valid key, and would split the head of the request that it is put
    /// into.
    private func checkPlain(
        _ values: [(name: String, value: String)],
        place: String
    ) throws(CredentialsError) {
        for (name, value) in values where OutsideValue.holdsControl(value) {
            throw .unusable(name: name, place: place)
        }
    }

    // MARK: Container and instance

    func container() throws(CredentialsError) -> Finding {
        do throws(ContainerEndpointError) {
            guard let endpoint = try ContainerEndpoint(environment) else {
                return .absent(
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set"
                )
            }
            return .found(.container(endpoint))
        } catch {
            throw .misconfigured(place: "the environment", reason: error.reason)
        }
    }

    func instance() throws(CredentialsError) -> Finding {
        if environment.isTrue("AWS_EC2_METADATA_DISABLED") {
            return .absent("AWS_EC2_METADATA_DISABLED is true, so no instance was asked for its role")
        }
        return .found(.instance(try InstanceEndpoint(self)))
    }
}

extension UTCTime {
    /// A time such as `2026-11-21T00:00:00Z` or `20261121T000000Z`; nil for any other text.
    init?(awsText text: String) {
        guard let time = UTCTime(rfc3339: text.utf8.span) ?? UTCTime(stamp: text.utf8.span) else {
            return nil
        }
        self = time
    }
}
