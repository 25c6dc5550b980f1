package import AWS
package import Policy

// What STS is asked for, from what targets and tenants say.

extension RoleRequest {
    /// What a target's calls are made with, whoever makes them.
    ///
    /// No duration is asked for: STS gives an hour, and no more to a role that a role takes.
    package init(_ role: AssumedRole, ofTarget name: String) {
        self.init(roleARN: role.arn)
        externalID = role.externalID
        sessionName = role.sessionName ?? Self.sessionName(for: name)
    }

    /// What a tenant's calls are made with; nil when it has no role. The tenant's name is the session tag `TenantId`,
    /// which stays with the session if that takes another role.
    /// - Parameter functions: what the tenant may call; used where its role is narrowed to that.
    package init?(_ tenant: TenantEntry, calling functions: some Sequence<SessionPolicy.Function>) {
        guard let role = tenant.roleARN else { return nil }
        self.init(roleARN: role)
        externalID = tenant.externalID
        sessionName = Self.sessionName(for: tenant.name)
        tags = [Tag(Self.tenantTag, tenant.name)]
        transitiveTagKeys = [Self.tenantTag]
        if tenant.isNarrowed { policy = SessionPolicy(allowing: functions, role: role).text }
    }

    /// By which policies tell tenants apart: `aws:PrincipalTag/TenantId`.
    package static let tenantTag = "TenantId"

    /// `mcp-gateway-NAME`: with names of 50 characters at most, always 64 or fewer.
    private static func sessionName(for name: String) -> String { "mcp-gateway-\(name)" }
}

extension SessionPolicy {
    /// The functions of a target's calls as they are invoked: each version of a route is one of its own for IAM.
    /// - Parameter region: of the function, where the target doesn't say.
    package static func functions(
        named name: FunctionName,
        of target: TargetEntry,
        region: String?
    ) -> [Function] {
        let qualifiers = target.invoke.route.map { $0.branches.map { String?.some($0.qualifier) } }
        return (qualifiers ?? [target.qualifier]).map {
            Function(name, region: target.region ?? region, qualifier: $0)
        }
    }

    /// Why a tenant's role can't be narrowed so far; nil when it can. What to do is in it.
    package func fault(ofTenant name: String, functions: Int) -> String? {
        guard !isSendable else { return nil }
        return
            "the session policy for the \(functions) functions of tenant \(name) has too many characters, and STS "
            + "takes \(RoleRequest.policyCharactersMax) at most; `mcp-gateway tenant update \(name) --session-policy none` "
            + "leaves it out: give the role itself the policy that allows only these functions then"
    }
}
