package import Calendar
import EventLoop
import SigV4

extension RefreshingCredentials {
    /// The chain: environment, profiles, container, instance; see `AWSSettings.plan`. The files are read again for each
    /// search.
    /// - Parameters:
    ///   - environment: also of the programs that are run.
    ///   - network: where others are asked; nil when nobody is to be.
    ///   - notice: told what an operator should read.
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

/// One search of the chain, again and again.
private struct ChainSearch: Sendable {
    let environment: AWSEnvironment
    let profile: String?
    let readFile: FileReader

    /// What the settings say by themselves; nil when somebody must be asked.
    func settled(isAlone: Bool) -> CredentialsSearch? {
        switch plan() {
        case .failure(let error): return CredentialsSearch(outcome: .failure(error))
        case .success(let (settings, plan)):
            if let settled = plan.settled { return settled }
            guard isAlone else { return nil }
            return plan.search(
                .failure(.none(profile: settings.profileName, notes: ["nobody else is asked here"]))
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

    /// What was seen on the way, where nothing was found at its end.
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
