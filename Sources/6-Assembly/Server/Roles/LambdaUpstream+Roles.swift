import AWS
import Control
import Gateway
import Policy

/// The pair of a tenant and a function, by the two objects' identities.
struct TenantFunction: Hashable {
    let function: ObjectIdentifier
    let tenant: ObjectIdentifier

    init(_ function: UpstreamFunction, _ tenant: UpstreamTenant) {
        self.function = ObjectIdentifier(function)
        self.tenant = ObjectIdentifier(tenant)
    }
}

/// The clients of one loop that sign as roles. Each is kept while something prepared needs it. One loop's thread only.
struct RoleClients {
    private var clients: [ObjectIdentifier: LambdaClient] = [:]
    private let make: (any CredentialsProvider) -> LambdaClient

    init(_ make: @escaping (any CredentialsProvider) -> LambdaClient) { self.make = make }

    /// One client for the same credentials, so that tenants and targets with one role share its signing keys.
    mutating func client(of credentials: any CredentialsProvider) -> LambdaClient {
        let identity = ObjectIdentifier(credentials)
        if let known = clients[identity] { return known }
        let made = make(credentials)
        clients[identity] = made
        return made
    }

    mutating func retain(only used: Set<ObjectIdentifier>) {
        clients = clients.filter { used.contains(ObjectIdentifier($0.value)) }
    }
}
