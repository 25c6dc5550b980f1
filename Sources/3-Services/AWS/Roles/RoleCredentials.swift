package import Calendar
import EventLoop
import SigV4
import Synchronization

/// Roles that were taken, each with a refresher of its own, found again by what was asked for. Any thread.
///
/// Bounded: past `rolesMax`, the role that was asked for longest ago is forgotten; it goes on for whoever still holds it,
/// and ends with the last of them. A look-up is a lock and a hash: for the making of clients, not for calls.
package final class RoleCredentials: Sendable {
    private struct Table {
        var roles: [RoleRequest: (provider: RefreshingCredentials, usedAt: Int)] = [:]
        var uses = 0
        /// What roles take in their turn, by the role that does.
        var chains: [RoleRequest: RoleCredentials] = [:]
        /// Those that were forgotten, and that somebody may still hold.
        var evicted: [Evicted] = []
        var evictedMax = 1_024

        mutating func evict(_ provider: RefreshingCredentials) {
            if evicted.count >= evictedMax {
                evicted.removeAll { $0.provider == nil }
                evictedMax = max(1_024, evicted.count * 2)
            }
            evicted.append(Evicted(provider: provider))
        }

        mutating func evict(_ chain: RoleCredentials) {
            for provider in chain.providers { evict(provider) }
        }
    }

    private struct Evicted {
        weak var provider: RefreshingCredentials?
    }

    package static let rolesMax = 1_024

    private let base: any CredentialsProvider
    private let settings: AWSSettings
    private let network: AWSNetwork
    private let rolesMax: Int
    private let clock: @Sendable () -> UTCTime
    private let notice: @Sendable (CredentialsNotice) -> Void
    private let table = Locked(Table())

    /// - Parameters:
    ///   - base: who takes the roles.
    ///   - settings: say which region's STS is asked, and where it is.
    ///   - notice: told what an operator should read.
    package init(
        takenBy base: any CredentialsProvider,
        settings: AWSSettings,
        network: AWSNetwork,
        rolesMax: Int = RoleCredentials.rolesMax,
        clock: @escaping @Sendable () -> UTCTime = WallClock.now,
        notice: @escaping @Sendable (CredentialsNotice) -> Void = { _ in }
    ) {
        self.base = base
        self.settings = settings
        self.network = network
        self.rolesMax = rolesMax
        self.clock = clock
        self.notice = notice
    }

    /// The role's credentials, now and later: the same provider for the same request.
    ///
    /// Nothing is asked before the first look at them, or `ready()`.
    /// - Throws: which of STS's bounds the request breaks.
    package func provider(of request: RoleRequest) throws(RoleRequestError) -> any CredentialsProvider {
        try request.check()
        let made = make(request)
        return table.withLock { table in
            table.uses += 1
            if let known = table.roles[request] {
                table.roles[request]?.usedAt = table.uses
                return known.provider
            }
            if table.roles.count >= rolesMax,
                let oldest = table.roles.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                table.roles[oldest.key] = nil
                table.evict(oldest.value.provider)
            }
            table.roles[request] = (made, table.uses)
            return made
        }
    }

    /// A chain of roles: those that `request`'s credentials take in their turn, as a target's role takes a tenant's. The
    /// same object for the same request.
    package func roles(takenBy request: RoleRequest) throws(RoleRequestError) -> RoleCredentials {
        let taker = try provider(of: request)
        let made = RoleCredentials(
            takenBy: taker,
            settings: settings,
            network: network,
            rolesMax: rolesMax,
            clock: clock,
            notice: notice
        )
        return table.withLock { table in
            // One that its role has been forgotten under would go on with an older refresher.
            if let known = table.chains[request], known.base === taker { return known }
            if table.chains.count >= rolesMax {
                for chain in table.chains.values { table.evict(chain) }
                table.chains = [:]
            } else if let older = table.chains[request] {
                table.evict(older)
            }
            table.chains[request] = made
            return made
        }
    }

    /// Forgets all other roles, also in chains: each ends with the last who holds it.
    package func retain(only requests: Set<RoleRequest>) {
        let chains = table.withLock { table in
            for (request, role) in table.roles where !requests.contains(request) {
                table.evict(role.provider)
            }
            for (request, chain) in table.chains where !requests.contains(request) { table.evict(chain) }
            table.roles = table.roles.filter { requests.contains($0.key) }
            table.chains = table.chains.filter { requests.contains($0.key) }
            return Array(table.chains.values)
        }
        for chain in chains { chain.retain(only: requests) }
    }

    /// How many roles have a refresher; those of chains too.
    package var count: Int {
        let (own, chains) = table.withLock { ($0.roles.count, Array($0.chains.values)) }
        return chains.reduce(own) { $0 + $1.count }
    }

    /// Asks for nothing more, nor do roles that were forgotten.
    package func stop() { for provider in providers { provider.stop() } }

    /// All that somebody may hold; those of chains too.
    private var providers: [RefreshingCredentials] {
        let (own, chains) = table.withLock { table in
            (
                table.roles.values.map { $0.provider } + table.evicted.compactMap { $0.provider },
                Array(table.chains.values)
            )
        }
        return own + chains.flatMap { $0.providers }
    }

    private func make(_ request: RoleRequest) -> RefreshingCredentials {
        let (base, settings, clock) = (base, settings, clock)
        let source = request.source
        return RefreshingCredentials(
            network: network,
            clock: clock,
            notice: notice,
            settle: { nil },
            ask: { lines in
                await base.ready()
                do throws(CredentialsError) {
                    let own = try base.credentials()
                    let found = try await Self.sts(settings, own.region, clock).assumeRole(
                        request,
                        as: own.signing,
                        source: source,
                        over: lines
                    )
                    return CredentialsSearch(
                        outcome: .success(found),
                        sources: [SourceOutcome(.role, .used, "from \(found.source), taken by \(own.source)")]
                    )
                } catch {
                    // Who takes the role may have other keys by now.
                    if error.isAboutSigner { base.reload() }
                    return CredentialsSearch(
                        outcome: .failure(error),
                        sources: [SourceOutcome(.role, .failed, error.description)]
                    )
                }
            }
        )
    }

    private static func sts(
        _ settings: AWSSettings,
        _ region: Region?,
        _ clock: @escaping @Sendable () -> UTCTime
    ) throws(CredentialsError) -> STSClient {
        do throws(EndpointError) {
            return try STSClient(settings, fallback: region, clock: clock)
        } catch {
            throw .misconfigured(place: "STS", reason: error.description)
        }
    }
}

extension CredentialsError {
    /// Whether STS doesn't accept who asks it, rather than refuse the role.
    fileprivate var isAboutSigner: Bool {
        guard case .refused(_, let reason) = self else { return false }
        return [
            "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "SignatureDoesNotMatch",
            "InvalidSignature",
        ]
        .contains { reason.hasPrefix("STS: \($0)") }
    }
}

extension RoleRequest {
    /// What its credentials are called in logs: many tenants may share a role, and no session's name.
    fileprivate var source: String {
        let isNamed = sessionName != RoleRequest(roleARN: roleARN).sessionName
        return "role \(roleARN)" + (isNamed ? " as \(sessionName)" : "")
    }
}
