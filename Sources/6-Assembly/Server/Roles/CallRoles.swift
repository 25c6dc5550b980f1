package import AWS
package import Control
package import Gateway
import Policy
import Locks
import Synchronization

/// The roles that calls are made with: the target's, the tenant's, or the tenant's taken by the target's. Any thread.
///
/// Shared by the loops, so that each role is taken once for all of them. Costs a lock and a hash, when a loop prepares
/// a tenant's calls to a function, not for each call.
package final class CallRoles: Sendable {
    /// The roles that are taken for a call; a tenant's role is taken by the target's if there are both.
    private struct Way: Hashable {
        let target: RoleRequest?
        let tenant: RoleRequest?
    }

    private struct Use {
        /// Held by the clients that sign with it, and by `roles` while there is room.
        weak var provider: (any CredentialsProvider)?
        let target: String
        let tenant: String?
    }

    private struct Table {
        /// The request for each tenant's role; kept with the tenant, so that its identity isn't reused for another one.
        var tenants: [ObjectIdentifier: (tenant: UpstreamTenant, request: Result<RoleRequest?, RoleFault>)] =
            [:]
        /// The entries for each function in a session policy; kept with the function, for the same reason.
        var allowed: [ObjectIdentifier: (function: UpstreamFunction, allowed: [SessionPolicy.Function])] = [:]
        /// The version of the local functions that both tables were made from.
        var localVersion = 0
        var uses: [Way: Use] = [:]
        /// When there are this many uses, those whose provider is gone are dropped.
        var usesMax = CallRoles.usesMin
        var version: Int64?

        mutating func forgetTenants(ofOtherThan localVersion: Int) {
            guard self.localVersion != localVersion else { return }
            self.localVersion = localVersion
            tenants = [:]
            allowed = [:]
        }

        mutating func dropUses() {
            guard uses.count >= usesMax else { return }
            uses = uses.filter { $0.value.provider != nil }
            usesMax = max(CallRoles.usesMin, uses.count * 2)
        }
    }

    private static let usesMin = 1_024

    private let roles: RoleCredentials
    private let preparation: FunctionPreparation
    private let local: LocalRoute?
    private let table = Locked(Table())

    /// - Parameter local: the functions of this machine, which never stand in a role's session policy.
    /// - Returns: nil for access without roles, such as to functions of this machine.
    package init?(_ access: AWSAccess, local: LocalRoute? = nil) {
        guard let roles = access.roles else { return nil }
        self.roles = roles
        self.local = local
        preparation = access.preparation
    }

    /// The credentials that a call is made with; nil for the gateway's own.
    /// - Throws: what to change in the target or the tenant; found before AWS is asked.
    package func credentials(
        for function: UpstreamFunction,
        as tenant: UpstreamTenant?
    ) throws(RoleFault) -> (any CredentialsProvider)? {
        let way = Way(
            target: Self.request(of: function.entry),
            tenant: try tenant.flatMap { tenant throws(RoleFault) in try request(of: tenant) }
        )
        guard way.target != nil || way.tenant != nil else { return nil }
        if let known = table.withLock({ $0.uses[way]?.provider }) { return known }
        let provider = try provider(way, function.entry.name, tenant?.entry.name ?? "")
        table.withLock {
            $0.dropUses()
            $0.uses[way] = Use(provider: provider, target: function.entry.name, tenant: tenant?.entry.name)
        }
        return provider
    }

    private func provider(_ way: Way, _ target: String, _ tenant: String) throws(RoleFault)
        -> any CredentialsProvider
    {
        if let first = way.target, let second = way.tenant, first.roleARN == second.roleARN {
            throw RoleFault(
                "the chain of roles loops: target \(target) and tenant \(tenant) have the same role, \(first.roleARN), "
                    + "which would have to take itself; take it away from one of them"
            )
        }
        do throws(RoleRequestError) {
            switch (way.target, way.tenant) {
            case (let first?, let second?): return try roles.roles(takenBy: first).provider(of: second)
            case (let only?, nil), (nil, let only?): return try roles.provider(of: only)
            case (nil, nil): throw RoleRequestError.nothing
            }
        } catch {
            throw RoleFault(
                "the role for target \(target) and tenant \(tenant) can't be asked for: \(error.reason)"
            )
        }
    }

    private static func request(of target: TargetEntry) -> RoleRequest? {
        target.invoke.role.map { RoleRequest($0, ofTarget: target.name) }
    }

    /// The request for the tenant's role, narrowed to the tenant's functions; nil for a tenant without a role.
    private func request(of tenant: UpstreamTenant) throws(RoleFault) -> RoleRequest? {
        let identity = ObjectIdentifier(tenant)
        let localVersion = local?.version ?? 0
        let known = table.withLock { table in
            table.forgetTenants(ofOtherThan: localVersion)
            return table.tenants[identity]?.request
        }
        if let known { return try known.get() }
        let (functions, isWhole) = allowed(tenant.functions, localVersion)
        let request = Result { () throws(RoleFault) in
            if tenant.entry.isNarrowed, let role = tenant.entry.roleARN {
                let policy = SessionPolicy(allowing: functions, role: role)
                if let fault = policy.fault(ofTenant: tenant.entry.name, functions: functions.count) {
                    throw RoleFault(fault)
                }
            }
            return RoleRequest(tenant.entry, calling: functions)
        }
        if isWhole {
            table.withLock { if $0.localVersion == localVersion { $0.tenants[identity] = (tenant, request) } }
        }
        return try request.get()
    }

    /// The entries for the functions in a session policy.
    /// - Returns: the entries, and whether they are complete: a function whose region isn't known yet is left out, as
    ///   it can't be called either.
    private func allowed(_ functions: [UpstreamFunction], _ localVersion: Int)
        -> (functions: [SessionPolicy.Function], isWhole: Bool)
    {
        guard !functions.isEmpty else { return ([], true) }
        let known = table.withLock { $0.localVersion == localVersion ? $0.allowed : [:] }
        var all: [SessionPolicy.Function] = []
        var new: [(function: UpstreamFunction, allowed: [SessionPolicy.Function])] = []
        var isWhole = true
        for function in functions {
            if let known = known[ObjectIdentifier(function)] {
                all += known.allowed
            } else if let found = allowed(function) {
                new.append((function, found))
                all += found
            } else {
                isWhole = false
            }
        }
        let found = new
        if !found.isEmpty {
            table.withLock { table in
                guard table.localVersion == localVersion else { return }
                for entry in found { table.allowed[ObjectIdentifier(entry.function)] = entry }
            }
        }
        return (all, isWhole)
    }

    /// - Returns: nil until the function's region is known.
    private func allowed(_ function: UpstreamFunction) -> [SessionPolicy.Function]? {
        // A function whose name isn't valid is never invoked.
        guard let name = try? FunctionName(function.name) else { return [] }
        let entry = function.entry
        // A function of this machine belongs to no account.
        if entry.endpoint == nil, local?.runs(name.name) == true { return [] }
        do throws(EndpointError) {
            let region = try preparation.region(of: name, explicit: entry.region)
            return SessionPolicy.functions(named: name, of: entry, region: region.name)
        } catch {
            if case .noRegion = error { return nil }
            return []
        }
    }

    // MARK: What is in force

    /// Forgets the roles of tenants and targets that are gone; their credentials end with the last loop that holds
    /// them.
    package func published(_ state: GatewayState) {
        guard
            table.withLock({ exchange(&$0.version, with: state.snapshot.version) != state.snapshot.version })
        else { return }
        var live: Set<RoleRequest> = []
        var tenants: Set<ObjectIdentifier> = []
        for case let tenant? in state.tenants {
            tenants.insert(ObjectIdentifier(tenant))
            if let request = try? request(of: tenant) { live.insert(request) }
        }
        for function in state.functions {
            if let request = Self.request(of: function.entry) { live.insert(request) }
        }
        let (requests, identities, functions) = (
            live, tenants, Set(state.functions.map { ObjectIdentifier($0) })
        )
        table.withLock { table in
            table.tenants = table.tenants.filter { identities.contains($0.key) }
            table.allowed = table.allowed.filter { functions.contains($0.key) }
            table.uses = table.uses.filter { way, use in
                use.provider != nil && way.target.map { requests.contains($0) } ?? true
                    && way.tenant.map { requests.contains($0) } ?? true
            }
        }
        roles.retain(only: requests)
    }

    /// The roles that can't be taken or renewed, and the tenants whose role can't be requested.
    package var standings: [RoleStanding] {
        let (tenants, uses) = table.withLock { (Array($0.tenants.values), $0.uses) }
        var standings: [RoleStanding] = []
        for (tenant, request) in tenants {
            guard case .failure(let fault) = request else { continue }
            standings.append(.tenant(tenant.entry.name, "its calls aren't made: \(fault)", isInForce: false))
        }
        for (way, use) in uses {
            guard let report = use.provider?.report, let failure = report.failure else { continue }
            let role = (way.tenant ?? way.target)?.roleARN ?? ""
            let text = "its role \(role) can't be \(report.source == nil ? "taken" : "renewed"): \(failure)"
            let isInForce = report.source != nil
            if let tenant = use.tenant, way.tenant != nil {
                standings.append(.tenant(tenant, text, isInForce: isInForce))
            } else {
                standings.append(.target(use.target, text, isInForce: isInForce))
            }
        }
        return standings.sorted { ($0.subject, $0.message) < ($1.subject, $1.message) }
    }

    /// How many roles are held.
    package var count: Int { roles.count }
}
