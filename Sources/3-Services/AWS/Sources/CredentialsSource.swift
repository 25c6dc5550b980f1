import Calendar

/// One source of a key pair, with everything needed to ask it.
indirect enum CredentialsSource: Sendable, Equatable {
    /// A key pair in a file or in variables.
    case keys(Credentials)
    /// A role that the credentials from `base` take.
    case role(RoleRequest, base: CredentialsSource, place: String)
    /// A role that is taken with the token in that file.
    case webIdentity(RoleRequest, tokenFile: String, place: String)
    case singleSignOn(SingleSignOn, place: String)
    /// A program and its arguments.
    case process([String], place: String)
    case container(ContainerEndpoint)
    case instance(InstanceEndpoint)
}

/// The source that the settings choose, before it is asked.
struct CredentialsPlan: Sendable {
    enum Choice: Sendable {
        case ask(CredentialsSource, CredentialsKind)
        case fault(CredentialsError, CredentialsKind)
    }

    /// The outcomes of the sources that come before the chosen one.
    var passed: [SourceOutcome] = []
    let choice: Choice

    /// The search with the key pair or the fault, if no source elsewhere has to be asked.
    var settled: CredentialsSearch? {
        switch choice {
        case .fault(let error, _): search(.failure(error))
        case .ask(.keys(let credentials), _): search(.success(credentials))
        case .ask: nil
        }
    }

    /// What to mention about the sources that were passed over, if no key pair is found.
    var notes: [String] { Self.notes(passed) }

    static func notes(_ passed: [SourceOutcome]) -> [String] {
        passed.filter { $0.kind == .environment && $0.isNotable }.map { $0.text }
    }

    /// The finished search of this plan, with the given outcome.
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

/// The result of a search.
package struct CredentialsSearch: Sendable {
    package let outcome: Result<Credentials, CredentialsError>
    package var sources: [SourceOutcome] = []

    package init(outcome: Result<Credentials, CredentialsError>, sources: [SourceOutcome] = []) {
        self.outcome = outcome
        self.sources = sources
    }
}
