package import AWS
package import Policy

// Makes requests to STS from the settings of targets and tenants.

extension RoleRequest {
    /// The role of a target's calls, whoever makes them.
    ///
    /// No duration is asked for: STS gives an hour by default, and never more to a role that another role takes.
    package init(_ role: AssumedRole, ofTarget name: String) {
        self.init(roleARN: role.arn)
        externalID = role.externalID
        sessionName = role.sessionName ?? Self.sessionName(for: name)
    }

    /// The role of a tenant's calls; nil when it has none. The tenant's name is the session tag `TenantId`, which stays
    /// with the session if it takes another role.
    /// - Parameter functions: the functions that the tenant may call; used if its role is narrowed to them.
    package init?(_ tenant: TenantEntry, calling functions: some Sequence<SessionPolicy.Function>) {
        guard let role = tenant.roleARN else { return nil }
        self.init(roleARN: role)
        externalID = tenant.externalID
        sessionName = Self.sessionName(for: tenant.name)
        tags = [Tag(Self.tenantTag, tenant.name)]
        transitiveTagKeys = [Self.tenantTag]
        if tenant.isNarrowed { policy = SessionPolicy(allowing: functions, role: role).text }
    }

    /// The tag by which policies distinguish tenants: `aws:PrincipalTag/TenantId`.
    package static let tenantTag = "TenantId"

    /// `mcp-gateway-NAME`: at most 62 characters, because names have at most 50; STS allows 64.
    private static func sessionName(for name: String) -> String { "mcp-gateway-\(name)" }
}

extension SessionPolicy {
    /// The functions that a target's calls invoke: for IAM, each version of a route is a function of its own.
    /// - Parameter region: the function's region, if the target names none.
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

    /// Why a tenant's role can't be narrowed to these functions, and what to do; nil when it can.
    package func fault(ofTenant name: String, functions: Int) -> String? {
        guard !isSendable else { return nil }
        return
            "the session policy for the \(functions) functions of tenant \(name) has too many characters, and STS "
            + "takes \(RoleRequest.policyCharactersMax) at most; `mcp-gateway tenant update \(name) --session-policy none` "
            + "leaves it out: give the role itself the policy that allows only these functions then"
    }
}
