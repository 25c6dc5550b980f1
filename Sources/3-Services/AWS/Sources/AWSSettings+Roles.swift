import Text

extension AWSSettings {
    /// The role that the profile takes, and the profiles and sources that take it.
    func profileRole() throws(CredentialsError) -> Finding {
        guard profiles.profiles[profileName] != nil else {
            if profileName == "default", !isProfileExplicit {
                return .absent("there is no profile 'default'")
            }
            let paths = [environment.configPath, environment.credentialsPath].compactMap { $0 }
            throw .profileNotFound(name: profileName, paths: paths)
        }
        guard takesRole(profileName) else { return .absent("profile '\(profileName)' has no role_arn") }
        return .found(try role(of: profileName, visited: [profileName]))
    }

    /// Whether the profile takes a role with other credentials; web identity is a source of its own.
    private func takesRole(_ profile: String) -> Bool {
        profileValue("role_arn", of: profile) != nil
            && profileValue("web_identity_token_file", of: profile) == nil
    }

    private func role(of profile: String, visited: [String]) throws(CredentialsError) -> CredentialsSource {
        let place = "profile '\(profile)'"
        let request = try roleRequest(of: profile)
        guard profileValue("mfa_serial", of: profile) == nil else {
            throw .misconfigured(
                place: place,
                reason:
                    "mfa_serial asks for a one-time code, which nobody can type into a server: use a role whose "
                    + "trust policy doesn't ask for it, and remove the key"
            )
        }
        let base: CredentialsSource
        switch (profileValue("source_profile", of: profile), profileValue("credential_source", of: profile)) {
        case (.some, .some):
            throw .misconfigured(
                place: place,
                reason: "has both source_profile and credential_source: leave one of them out"
            )
        case (nil, nil):
            throw .misconfigured(
                place: place,
                reason:
                    "has role_arn, but neither source_profile nor credential_source says who takes the role"
            )
        case (nil, .some(let name)): base = try namedSource(name, place)
        case (.some(let source), nil): base = try sourceProfile(source, of: profile, visited: visited)
        }
        return .role(request, base: base, place: place)
    }

    /// Source: botocore `AssumeRoleProvider._validate_source_profile`
    private func sourceProfile(
        _ source: String,
        of profile: String,
        visited: [String]
    ) throws(CredentialsError) -> CredentialsSource {
        let place = "profile '\(profile)'"
        guard profiles.profiles[source] != nil else {
            throw .misconfigured(place: place, reason: "its source_profile '\(source)' doesn't exist")
        }
        let hasKeys =
            profileValue("aws_access_key_id", of: source) != nil
            || profileValue("aws_secret_access_key", of: source) != nil
        // A profile may name itself as source_profile if it has keys.
        if visited.contains(source), source != profile || !hasKeys {
            throw .misconfigured(
                place: place,
                reason: "source_profile leads in a circle: \((visited + [source]).joined(separator: " → "))"
            )
        }
        if takesRole(source), !hasKeys { return try role(of: source, visited: visited + [source]) }
        guard let found = try ownSource(of: source) else {
            throw .misconfigured(
                place: place,
                reason: "its source_profile '\(source)' has neither keys nor another source of them"
            )
        }
        return found
    }

    /// The profile's source of keys, other than a role that it takes.
    private func ownSource(of profile: String) throws(CredentialsError) -> CredentialsSource? {
        if let tokenFile = profileValue("web_identity_token_file", of: profile) {
            return try webIdentity(of: profile, tokenFile: tokenFile)
        }
        let keysFirst = profiles.keysInCredentialsFile.contains(profile)
        if case .found(let source) = try singleSignOn(profile) { return source }
        if keysFirst, case .found(let source) = try profileKeys(profile) { return source }
        if case .found(let source) = try process(profile) { return source }
        if case .found(let source) = try profileKeys(profile) { return source }
        return nil
    }

    /// The source with the name `Environment`, `Ec2InstanceMetadata` or `EcsContainer`, in any case.
    private func namedSource(_ name: String, _ place: String) throws(CredentialsError) -> CredentialsSource {
        let finding: Finding
        switch name.lowercased() {
        case "environment":
            guard let id = environment["AWS_ACCESS_KEY_ID"] else {
                throw .misconfigured(
                    place: place,
                    reason: "credential_source is Environment, but AWS_ACCESS_KEY_ID is not set"
                )
            }
            finding = .found(.keys(try environmentCredentials(id: id)))
        case "ec2instancemetadata": finding = try instance()
        case "ecscontainer": finding = try container()
        default:
            throw .misconfigured(
                place: place,
                reason:
                    "credential_source is Environment, Ec2InstanceMetadata or EcsContainer, not \(quoted(name))"
            )
        }
        switch finding {
        case .found(let source): return source
        case .absent(let why), .passedOver(let why):
            throw .misconfigured(place: place, reason: "credential_source is \(quoted(name)), but \(why)")
        }
    }

    // MARK: Web identity

    /// Web identity from the variables that EKS sets, else from the profile; each of the three values is looked up
    /// separately.
    func webIdentity() throws(CredentialsError) -> Finding {
        func variable(_ name: String) -> String? { isProfileExplicit ? nil : environment[name] }
        let isOfVariable = variable("AWS_WEB_IDENTITY_TOKEN_FILE") != nil
        guard let file = variable("AWS_WEB_IDENTITY_TOKEN_FILE") ?? profileValue("web_identity_token_file")
        else {
            let places = isProfileExplicit ? "" : "AWS_WEB_IDENTITY_TOKEN_FILE is not set, and "
            return .absent("\(places)profile '\(profileName)' has no web_identity_token_file")
        }
        guard let arn = variable("AWS_ROLE_ARN") ?? profileValue("role_arn") else {
            throw isOfVariable
                ? .incomplete(
                    found: "AWS_WEB_IDENTITY_TOKEN_FILE",
                    missing: "AWS_ROLE_ARN",
                    place: "environment"
                )
                : .incomplete(
                    found: "web_identity_token_file",
                    missing: "role_arn",
                    place: "profile '\(profileName)'"
                )
        }
        let place = isOfVariable ? "the environment" : "profile '\(profileName)'"
        let name = variable("AWS_ROLE_SESSION_NAME") ?? profileValue("role_session_name")
        return .found(try webIdentity(role: arn, sessionName: name, tokenFile: file, place: place))
    }

    private func webIdentity(
        of profile: String,
        tokenFile: String
    ) throws(CredentialsError) -> CredentialsSource {
        let place = "profile '\(profile)'"
        guard let arn = profileValue("role_arn", of: profile) else {
            throw .incomplete(found: "web_identity_token_file", missing: "role_arn", place: place)
        }
        let name = profileValue("role_session_name", of: profile)
        return try webIdentity(role: arn, sessionName: name, tokenFile: tokenFile, place: place)
    }

    /// The token holds the rest: STS accepts no external id and no tags beside it.
    private func webIdentity(
        role: String,
        sessionName: String?,
        tokenFile: String,
        place: String
    ) throws(CredentialsError) -> CredentialsSource {
        var request = RoleRequest(roleARN: role)
        if let sessionName { request.sessionName = sessionName }
        try check(request, place)
        return .webIdentity(request, tokenFile: tokenFile, place: place)
    }

    // MARK: Requests

    /// The profile's role with all its settings in the profile.
    private func roleRequest(of profile: String) throws(CredentialsError) -> RoleRequest {
        let place = "profile '\(profile)'"
        var request = RoleRequest(roleARN: profileValue("role_arn", of: profile) ?? "")
        if let name = profileValue("role_session_name", of: profile) { request.sessionName = name }
        request.externalID = profileValue("external_id", of: profile)
        if let text = profileValue("duration_seconds", of: profile) {
            guard let seconds = Int(text) else {
                throw .misconfigured(
                    place: place,
                    reason: "duration_seconds is \(quoted(text)), not a number"
                )
            }
            request.durationSeconds = seconds
        }
        try check(request, place)
        return request
    }

    private func check(_ request: RoleRequest, _ place: String) throws(CredentialsError) {
        do throws(RoleRequestError) {
            try request.check()
        } catch {
            throw .misconfigured(place: place, reason: error.reason)
        }
    }
}
