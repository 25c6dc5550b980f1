/// The ways to a key pair, in the order in which they are tried.
package enum CredentialsKind: String, Sendable, CaseIterable {
    case settings, environment, role, webIdentity = "web-identity", singleSignOn = "sso", profile, process,
        container
    case instance

    /// In a sentence.
    package var words: String {
        switch self {
        case .settings: "the gateway's own settings"
        case .environment: "the environment's variables"
        case .role: "a role of the profile"
        case .webIdentity: "web identity"
        case .singleSignOn: "single sign-on of the profile"
        case .profile: "keys in the profile"
        case .process: "credential_process of the profile"
        case .container: "the container's endpoint"
        case .instance: "the instance's metadata service"
        }
    }
}

/// What one way came to.
package struct SourceOutcome: Sendable, Equatable {
    package enum State: String, Sendable { case used, absent, failed, skipped }

    package let kind: CredentialsKind
    package let state: State
    /// Why, for people; never holds a secret.
    package let text: String

    /// Whether something is there, and was passed over all the same.
    package let isNotable: Bool

    package init(_ kind: CredentialsKind, _ state: State, _ text: String, isNotable: Bool = false) {
        self.kind = kind
        self.state = state
        self.text = text
        self.isNotable = isNotable
    }
}

/// Which source won, why the others didn't, and how long what is in use is good. Holds no secret.
package struct CredentialsReport: Sendable, Equatable {
    /// In the order of the chain, to its end.
    package var sources: [SourceOutcome] = []
    /// Where the key pair in use is from; nil while there is none.
    package var source: String?
    /// When the key pair in use ends; nil for one that doesn't, or that isn't known to.
    package var expiresAtMs: Int64?
    /// Whether it is asked for again by itself ahead of its end.
    package var isRenewed = false
    /// Why the last search came to nothing; nil when it did.
    package var failure: String?
}
