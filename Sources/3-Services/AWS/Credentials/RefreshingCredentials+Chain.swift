package import Calendar
import EventLoop
import SigV4

extension RefreshingCredentials {
    /// The credentials chain: environment, profiles, container, instance; see `AWSSettings.plan`. The files are read
    /// again for each search.
    /// - Parameters:
    ///   - environment: the variables to read; child processes get them too.
    ///   - network: the thread on which sources elsewhere are asked; nil to ask none of them.
    ///   - notice: called with messages for an operator.
    package convenience init(
        environment: AWSEnvironment,
        profile: String? = nil,
        network: AWSNetwork? = nil,
        clock: @escaping @Sendable () -> UTCTime = WallClock.now,
        notice: @escaping @Sendable (CredentialsNotice) -> Void = { _ in },
        readFile: @escaping FileReader = FileContents.read
    ) {
        self.init(
            environment: environment,
            profile: profile,
            network: network,
            pace: SourceReader.Pace(),
            clock: clock,
            notice: notice,
            readFile: readFile
        )
    }

    convenience init(
        environment: AWSEnvironment,
        profile: String?,
        network: AWSNetwork?,
        pace: SourceReader.Pace,
        clock: @escaping @Sendable () -> UTCTime,
        notice: @escaping @Sendable (CredentialsNotice) -> Void,
        readFile: @escaping FileReader
    ) {
        let chain = ChainSearch(environment: environment, profile: profile, readFile: readFile)
        self.init(
            network: network,
            clock: clock,
            notice: notice,
            settle: { chain.settled(isAlone: network == nil) },
            ask: { lines in await chain.search(lines, pace: pace, clock: clock) }
        )
    }
}

/// The search of the chain, which can be repeated.
private struct ChainSearch: Sendable {
    let environment: AWSEnvironment
    let profile: String?
    let readFile: FileReader

    /// The outcome if the settings alone decide it; nil when a source must be asked.
    func settled(isAlone: Bool) -> CredentialsSearch? {
        switch plan() {
        case .failure(let error): return CredentialsSearch(outcome: .failure(error))
        case .success(let (settings, plan)):
            if let settled = plan.settled { return settled }
            guard isAlone else { return nil }
            return plan.search(
                .failure(.none(profile: settings.profileName, notes: ["other sources are not asked here"]))
            )
        }
    }

    func search(
        _ lines: NetworkLines,
        pace: SourceReader.Pace,
        clock: @escaping @Sendable () -> UTCTime
    ) async -> CredentialsSearch {
        switch plan() {
        case .failure(let error): return CredentialsSearch(outcome: .failure(error))
        case .success(let (settings, plan)):
            guard case .ask(let source, _) = plan.choice else {
                return plan.settled ?? CredentialsSearch(outcome: .failure(.pending))
            }
            let reader = SourceReader(
                lines: lines,
                settings: settings,
                processEnvironment: environment.all,
                readFile: readFile,
                clock: clock,
                pace: pace
            )
            do throws(CredentialsError) {
                return plan.search(.success(try await reader.credentials(from: source)))
            } catch {
                return plan.search(.failure(noting(error, plan)))
            }
        }
    }

    /// Adds the plan's notes to an error that says that nothing was found.
    private func noting(_ error: CredentialsError, _ plan: CredentialsPlan) -> CredentialsError {
        guard case .none(let profile, let notes) = error else { return error }
        return .none(profile: profile, notes: plan.notes + notes)
    }

    private func plan() -> Result<(AWSSettings, CredentialsPlan), CredentialsError> {
        do throws(ProfileError) {
            let settings = try AWSSettings(environment: environment, profile: profile, readFile: readFile)
            return .success((settings, settings.plan()))
        } catch {
            return .failure(.file(error))
        }
    }
}
