package import Calendar
import EventLoop
import SigV4
import Synchronization

/// The credentials of roles, each with a refresher of its own, kept by the request for the role. Any thread.
///
/// Bounded: above `rolesMax`, the role whose provider was requested longest ago is forgotten; its refresher runs on
/// until its last holder releases it. A look-up takes a lock and a hash: look up a role when a client is created, not
/// for each call.
package final class RoleCredentials: Sendable {
    private struct Table {
        var roles: [RoleRequest: (provider: RefreshingCredentials, usedAt: Int)] = [:]
        var uses = 0
        /// The credentials of roles that a role takes in its turn, by the taking role.
        var chains: [RoleRequest: RoleCredentials] = [:]
        /// The forgotten roles that may still have a holder.
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
    ///   - base: the credentials that take the roles.
    ///   - settings: determine the region and the endpoint of STS.
    ///   - notice: called with messages for an operator.
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

    /// The provider of the role's credentials, now and later: the same provider for the same request.
    ///
    /// STS isn't asked before the credentials are first read, or `ready()` is called.
    /// - Throws: which of STS's limits the request exceeds.
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

    /// A chain of roles: the roles that `request`'s credentials take in their turn, as a target's role takes a
    /// tenant's. Returns the same object for the same request.
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
            // A chain isn't reused if its role was forgotten meanwhile, because it would keep using the older
            // refresher.
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

    /// Forgets all other roles, also in chains; the refresher of each ends when its last holder releases it.
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

    /// The number of roles that have a refresher, including those of chains.
    package var count: Int {
        let (own, chains) = table.withLock { ($0.roles.count, Array($0.chains.values)) }
        return chains.reduce(own) { $0 + $1.count }
    }

    /// Ends all requests to STS, also for roles that were forgotten.
    package func stop() { for provider in providers { provider.stop() } }

    /// All refreshers that may still be in use, including those of chains.
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
                    // The base credentials may have changed by now.
                    if case .refused(_, _, true) = error { base.reload() }
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

extension RoleRequest {
    /// The role's source for logs; it has a session's name only where one was set, because many tenants may share a
    /// role.
    fileprivate var source: String {
        let isNamed = sessionName != RoleRequest(roleARN: roleARN).sessionName
        return "role \(roleARN)" + (isNamed ? " as \(sessionName)" : "")
    }
}
