/// The kinds of source for a key pair, in the order in which they are tried.
package enum CredentialsKind: String, Sendable, CaseIterable {
    case settings, environment, role, webIdentity = "web-identity", singleSignOn = "sso", profile, process,
        container
    case instance

    /// The name of this kind, for use in a sentence.
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

/// The outcome of trying one source.
package struct SourceOutcome: Sendable, Equatable {
    package enum State: String, Sendable { case used, absent, failed, skipped }

    package let kind: CredentialsKind
    package let state: State
    /// The reason for the state, in words for people; never holds a secret.
    package let text: String

    /// Whether the source is configured but was passed over.
    package let isNotable: Bool

    package init(_ kind: CredentialsKind, _ state: State, _ text: String, isNotable: Bool = false) {
        self.kind = kind
        self.state = state
        self.text = text
        self.isNotable = isNotable
    }
}

/// Which source gave the key pair, why the others didn't, and when the key pair expires. Holds no secret.
package struct CredentialsReport: Sendable, Equatable {
    /// All sources, in the order of the chain.
    package var sources: [SourceOutcome] = []
    /// The source of the key pair in use; nil while there is none.
    package var source: String?
    /// When the key pair in use expires; nil if it never does, or if that isn't known.
    package var expiresAtMs: Int64?
    /// Whether a new key pair will be requested automatically before this one expires.
    package var isRenewed = false
    /// Why the last search found nothing; nil if it found a key pair.
    package var failure: String?
}
