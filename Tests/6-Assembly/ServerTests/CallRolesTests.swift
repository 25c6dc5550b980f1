import AWS
import Bytes
import Config
import Control
import EventLoop
import Foundation
import Gateway
import HTTP
import HTTPServer
import Policy
import Server
import Synchronization
import TestSupport
import Testing

/// The session policies that narrow a tenant's role.
struct CallRolesTests {
    private let role = "arn:aws:iam::123456789012:role/acme"

    private func function(_ name: String, region: String? = nil) -> UpstreamFunction {
        UpstreamFunction(TargetEntry(id: 1, name: "shop", function: name, region: region))
    }

    /// Runs `body` with a function that returns the policy which STS gets for a tenant's call.
    private func with(
        region: @escaping @Sendable () -> Region?,
        _ body: (
            _ local: LocalRoute, _ policy: (UpstreamFunction, UpstreamTenant) async throws -> String
        ) async throws -> Void
    ) async throws {
        let policies = Locked<[String]>([])
        try await withServer(handler: { exchange in
            let request = exchange.request
            let form = request.bytes.span.text(request.body).split(separator: "&")
            let policy = form.first { $0.hasPrefix("Policy=") }?.dropFirst(7)
            policies.withLock { $0.append(policy.map { String($0) }?.removingPercentEncoding ?? "") }
            exchange.respond(Response(status: 400, contentType: .json, body: ByteBuffer("{}")))
        }) { port, _ in
            let keys = ["AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"]
            let base = try AWSAccess(config: GatewayConfig().aws, environment: keys)
            let sts = AWSEnvironment([
                "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(port)",
            ])
            let access = AWSAccess(
                preparation: FunctionPreparation(
                    settings: AWSSettings(environment: AWSEnvironment([:]), profiles: Profiles()),
                    fallbackRegion: region
                ),
                credentials: base.credentials,
                network: base.network,
                roles: RoleCredentials(
                    takenBy: base.credentials,
                    settings: AWSSettings(environment: sts, profiles: Profiles()),
                    network: base.network
                )
            )
            let local = LocalRoute(access: AWSAccess(local: GatewayConfig().localLambda), names: ["here"])
            let roles = try #require(CallRoles(access, local: local))
            try await body(local) { function, tenant in
                let provider = try #require(try roles.credentials(for: function, as: tenant))
                await provider.ready()
                return policies.withLock { $0.last } ?? ""
            }
            await access.close()
        }
    }

    private func tenant(_ functions: UpstreamFunction...) throws -> UpstreamTenant {
        let entry = TenantEntry(id: 1, name: "acme", roleARN: role)
        return try #require(UpstreamTenant(entry, functions: functions))
    }

    @Test func `functions of this machine aren't in a policy, as long as they run here`() async throws {
        try await with(region: { Region("eu-west-1") }) { local, policy in
            let there = function("there")
            let tenant = try tenant(there, function("here"))
            let first = try await policy(there, tenant)
            #expect(first.contains("arn:aws:lambda:eu-west-1:123456789012:function:there"))
            #expect(!first.contains("function:here"), "\(first)")
            local.replace(with: [])
            #expect(try await policy(there, tenant).contains("eu-west-1:123456789012:function:here"))
        }
    }

    @Test func `a function whose region isn't known yet is allowed once it is, and only in that region`()
        async throws
    {
        let region = Locked<Region?>(nil)
        try await with(region: { region.withLock { $0 } }) { _, policy in
            let named = function("named", region: "us-east-1")
            let other = function("other")
            let tenant = try tenant(named, other)
            let first = try await policy(named, tenant)
            #expect(first.contains("us-east-1:123456789012:function:named"))
            #expect(!first.contains("function:other") && !first.contains("lambda:*"), "\(first)")
            region.withLock { $0 = Region("eu-west-1") }
            let second = try await policy(other, tenant)
            #expect(second.contains("eu-west-1:123456789012:function:other"), "\(second)")
            #expect(second.contains("us-east-1:123456789012:function:named") && !second.contains("lambda:*"))
        }
    }
}
