package import JOSE
import TOML

extension GatewayConfig {
    /// Access tokens (OAuth) that agents may use instead of keys. Off while there is no issuer.
    package struct JWT: Sendable, Equatable {
        /// An authorization server whose tokens are accepted.
        package struct Issuer: Sendable, Equatable {
            /// The issuer's URL, exactly as in the tokens' `iss`.
            package var url: String
            /// The URL of the issuer's keys, if its metadata isn't to be used.
            package var jwksURI: String?
            /// The tenant of all tokens from this issuer.
            package var tenant: String?

            package init(url: String, jwksURI: String? = nil, tenant: String? = nil) {
                self.url = url
                self.jwksURI = jwksURI
                self.tenant = tenant
            }
        }

        /// A scope and the tools that it opens.
        package struct Scope: Sendable, Equatable {
            package var name: String
            /// Name patterns over exposed tool names.
            package var patterns: [String]

            package init(name: String, patterns: [String]) {
                self.name = name
                self.patterns = patterns
            }
        }

        package static let scopesMax = 64

        package var issuers: [Issuer] = []
        /// The accepted audiences, one of which a token's `aud` must name; never empty while there are issuers.
        package var audiences: [String] = []
        /// The URL that agents use for the endpoint; derived from the listener's address when nil.
        package var resource: String?
        package var algorithms = SignatureAlgorithm.allCases
        package var clockSkew = Duration.seconds(60)
        /// The claim that names the tenant, as names joined by dots.
        package var tenantClaim: String?
        /// The claim's value → a tenant's name; when empty, the claim's value is the tenant's name.
        package var tenants: [String: String] = [:]
        /// The scopes; when empty, a token opens all tools that its tenant may use.
        package var scopes: [Scope] = []
        package var requiredScopes: [String] = []

        package var isEnabled: Bool { !issuers.isEmpty }
    }

    mutating func readJWT(_ reader: inout SettingsReader) {
        let section = "auth.jwt"
        jwt.issuers = reader.readOptional(section, "issuers", as: .issuers) ?? []
        jwt.audiences = reader.readOptional(section, "audiences", as: .list(checkFilled)) ?? []
        jwt.resource = reader.readOptional(section, "resource", as: .string(checkResource))
        reader.read(section, "algorithms", into: &jwt.algorithms, as: .algorithms)
        reader.read(section, "clock_skew", into: &jwt.clockSkew, as: .seconds(0...300))
        jwt.tenantClaim = reader.readOptional(section, "tenant_claim", as: .string(checkClaim))
        jwt.tenants = reader.readOptional(section, "tenants", as: .names) ?? [:]
        jwt.scopes = reader.readOptional(section, "scopes", as: .scopes) ?? []
        jwt.requiredScopes = reader.readOptional(section, "required_scopes", as: .list(checkScope)) ?? []
        checkJWT(&reader)
    }

    /// Checks the combination of token settings.
    private mutating func checkJWT(_ reader: inout SettingsReader) {
        let section = "auth.jwt"
        guard jwt.isEnabled else {
            let others = ["audiences", "resource", "tenant_claim", "tenants", "scopes", "required_scopes"]
            // A list of issuers that was refused already has its own fault.
            guard reader.table(section)?.member("issuers") == nil,
                let key = others.first(where: { reader.table(section)?.member($0) != nil })
            else { return }
            return reader.refuse(
                section,
                key,
                "needs auth.jwt.issuers as well: the issuers whose tokens are accepted"
            )
        }
        if jwt.audiences.isEmpty {
            if let resource = jwt.resource {
                jwt.audiences = [resource]
            } else {
                let message =
                    "needs auth.jwt.audiences or auth.jwt.resource as well: "
                    + "a token must be made for this gateway"
                reader.refuse(section, "issuers", message)
            }
        }
        if jwt.tenantClaim == nil, let issuer = jwt.issuers.first(where: { $0.tenant == nil }) {
            let message = "\(brief(issuer.url)) needs a tenant of its own, or auth.jwt.tenant_claim"
            reader.refuse(section, "issuers", message)
        }
        if !jwt.tenants.isEmpty, jwt.tenantClaim == nil {
            reader.refuse(section, "tenants", "needs auth.jwt.tenant_claim as well")
        }
        let names = Set(jwt.scopes.map { $0.name }).union(jwt.requiredScopes)
        if names.count > JWT.scopesMax {
            let message =
                "\(names.count) scopes are too many: with required_scopes there may be \(JWT.scopesMax)"
            reader.refuse(section, "scopes", message)
        }
    }
}
