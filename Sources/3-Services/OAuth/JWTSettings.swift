package import JOSE

/// The issuers whose tokens are accepted, and which tenant and scopes a token gives.
package struct JWTSettings: Sendable, Equatable {
    /// An authorization server.
    package struct Issuer: Sendable, Equatable {
        /// Equal to the tokens' `iss`, byte by byte.
        package var url: FetchURL
        /// Where its keys are; found by its metadata when nil.
        package var keySetURL: FetchURL?
        /// The tenant that all its tokens speak for, whatever they claim.
        package var tenant: String?

        package init(url: FetchURL, keySetURL: FetchURL? = nil, tenant: String? = nil) {
            self.url = url
            self.keySetURL = keySetURL
            self.tenant = tenant
        }
    }

    /// The most scopes; more would not fit in a scope set.
    package static let scopesMax = 64

    package var issuers: [Issuer]
    /// One of them must be in a token's `aud`.
    package var audiences: [String]
    package var algorithms: Set<SignatureAlgorithm> = Set(SignatureAlgorithm.allCases)
    /// How far the issuer's clock may be from ours, in milliseconds.
    package var clockSkewMs: Int64 = 60_000
    /// The names on the way to the claim that names the tenant: `["org", "id"]`. Empty when issuers alone determine
    /// it.
    package var tenantClaim: [String] = []
    /// The claim's value → a tenant's name. When empty, the value is the name.
    package var tenants: [String: String] = [:]
    /// The scopes that matter here, in the order of their bits in a scope set; at most `scopesMax`.
    package var scopes: [String] = []
    /// A token without all of these is refused. Each is one of `scopes`.
    package var requiredScopes: [String] = []

    package init(issuers: [Issuer], audiences: [String]) {
        self.issuers = issuers
        self.audiences = audiences
    }

    /// The set of the named scopes; names that don't matter here are ignored.
    package func scopeSet(_ names: some Sequence<some StringProtocol>) -> UInt64 {
        var set: UInt64 = 0
        for name in names {
            if let bit = scopes.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) {
                set |= 1 << UInt64(bit)
            }
        }
        return set
    }

    /// The names of a set's scopes, in their order.
    package func scopeNames(_ set: UInt64) -> [String] {
        scopes.indices.filter { set & (1 << UInt64($0)) != 0 }.map { scopes[$0] }
    }
}
