import Calendar

/// One way to a key pair, with all that is needed to go it.
indirect enum CredentialsSource: Sendable, Equatable {
    /// A key pair that is written down.
    case keys(Credentials)
    /// A role that `base` may take.
    case role(RoleRequest, base: CredentialsSource, place: String)
    /// A role for whoever shows the token in that file.
    case webIdentity(RoleRequest, tokenFile: String, place: String)
    case singleSignOn(SingleSignOn, place: String)
    /// A program and its arguments.
    case process([String], place: String)
    case container(ContainerEndpoint)
    case instance(InstanceEndpoint)
}

/// What the settings say about where the key pair is, before anybody is asked.
struct CredentialsPlan: Sendable {
    enum Choice: Sendable {
        case ask(CredentialsSource, CredentialsKind)
        case fault(CredentialsError, CredentialsKind)
    }

    /// Of the ways before the chosen one.
    var passed: [SourceOutcome] = []
    let choice: Choice

    /// The key pair, or the fault, when nobody has to be asked.
    var settled: CredentialsSearch? {
        switch choice {
        case .fault(let error, _): search(.failure(error))
        case .ask(.keys(let credentials), _): search(.success(credentials))
        case .ask: nil
        }
    }

    /// What of the ways that were passed is worth a word where nothing was found.
    var notes: [String] { Self.notes(passed) }

    static func notes(_ passed: [SourceOutcome]) -> [String] {
        passed.filter { $0.kind == .environment && $0.isNotable }.map { $0.text }
    }

    /// The search that the plan led to.
    func search(_ outcome: Result<Credentials, CredentialsError>) -> CredentialsSearch {
        let kind =
            switch choice {
            case .ask(_, let kind), .fault(_, let kind): kind
            }
        var sources = passed
        switch outcome {
        case .success(let found): sources.append(SourceOutcome(kind, .used, "from \(found.source)"))
        case .failure(.none(_, let notes)):
            sources.append(SourceOutcome(kind, .absent, notes.last ?? "nothing"))
        case .failure(let error): sources.append(SourceOutcome(kind, .failed, error.description))
        }
        let known = Set(sources.map { $0.kind })
        for other in CredentialsKind.allCases where other != .settings && !known.contains(other) {
            sources.append(SourceOutcome(other, .skipped, "not asked: \(kind.words) came first"))
        }
        return CredentialsSearch(outcome: outcome, sources: sources)
    }
}

/// What a search came to.
package struct CredentialsSearch: Sendable {
    package let outcome: Result<Credentials, CredentialsError>
    package var sources: [SourceOutcome] = []

    package init(outcome: Result<Credentials, CredentialsError>, sources: [SourceOutcome] = []) {
        self.outcome = outcome
        self.sources = sources
    }
}
