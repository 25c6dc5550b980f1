import Model
package import Policy
package import REST
package import RateLimit
package import Store

/// The user of the portal: the holder of a tenant's key or access token, as one snapshot knows them.
///
/// Every credential of a tenant may ask for everything that the tenant may ask for. Each sees its own view of the
/// tools: a key that is narrowed to patterns, or a token without the scopes, sees the rest as not permitted.
package struct PortalCaller: APICaller {
    /// A limit that counts only this tenant's calls, with its standings.
    package typealias HeldLimit = (entry: LimitEntry, standings: [LimitStanding])

    /// The claims of an access token about its holder.
    package struct Token: Sendable {
        /// `sub`
        package let subject: String?
        /// `client_id`, or `azp`
        package let client: String?
        /// The names of those of its scopes that are configured.
        package let scopes: [String]
        /// Whether there is only one issuer, so that a subject identifies one holder.
        package let isOnlyIssuers: Bool

        package init(subject: String?, client: String?, scopes: [String], isOnlyIssuers: Bool = true) {
            self.subject = subject
            self.client = client
            self.scopes = scopes
            self.isOnlyIssuers = isOnlyIssuers
        }
    }

    let snapshot: Snapshot
    let principal: Principal
    let tenant: TenantName
    let token: Token?
    /// The actor that the audit log names.
    package let actor: Model::Actor
    let limits: @Sendable () -> [HeldLimit]

    /// - Parameters:
    ///   - principal: a principal of `snapshot`.
    ///   - token: the token's claims; nil for a key.
    ///   - limits: returns the present standings of the tenant's limits.
    /// - Throws: `.invalid` if the tenant's name in the snapshot isn't valid.
    package init(
        _ principal: Principal,
        of snapshot: Snapshot,
        token: Token? = nil,
        limits: @escaping @Sendable () -> [HeldLimit]
    ) throws(StoreError) {
        self.snapshot = snapshot
        self.principal = principal
        self.token = token
        self.limits = limits
        tenant = try checked(TenantName(snapshot.tenants[principal.tenant].name))
        switch principal.credential {
        case .key(let key): actor = .portal(tenant: tenant, keyPrefix: snapshot.keys[key].prefix)
        case .token(let grant):
            let holder = token.flatMap { $0.subject ?? $0.client }
            actor = .portal(tenant: tenant, subject: holder ?? "#\(grant.subject)")
        }
    }

    var entry: TenantEntry { snapshot.tenants[principal.tenant] }

    /// The key that was presented; nil for a token.
    var key: KeyEntry? { principal.key.map { snapshot.keys[$0] } }

    package func may(_ access: Access) -> Bool { true }

    package var standing: String { "a tenant" }
}
