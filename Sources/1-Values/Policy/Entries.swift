package import Bytes
package import Contracts
package import MCP

/// Whether a tenant needs an approved subscription to see and call a target's tools.
package enum Approval: String, Sendable, CaseIterable {
    /// An operator decides.
    case required
    /// A request is approved at once.
    case auto
    /// No subscription is needed.
    case open
}

/// The Lambda function, or functions, that serve a target's tools, as the store knows them.
package struct TargetEntry: Sendable, Equatable {
    /// Who declared the target: a `target.toml`, an operator's command, or a discovery that found its functions.
    package enum Source: String, Sendable, CaseIterable { case file, cli, discovery }

    package var id: Int64
    package var name: String
    /// The name or ARN of the function that serves its tools; empty when each tool has its own.
    package var function: String
    package var qualifier: String?
    package var region: String?
    /// The URL of the Lambda API to use in place of AWS's own.
    package var endpoint: String?
    package var contract: Contract
    /// The word of a contract that this program doesn't know, when that alone keeps the target from being served.
    package var unknownContract: String?
    package var approval: Approval
    /// Whether a subscription only holds for the definitions that it was approved with.
    package var pinsDefinitions: Bool
    package var isEnabled: Bool
    package var timeoutMs: Int
    package var invoke: InvokeSettings
    package var recording: RecordingSettings
    package var source: Source
    package var description: String?
    /// How many tools the target has in the catalog.
    package var toolCount: Int
    package var health: TargetHealth

    package init(
        id: Int64,
        name: String,
        function: String,
        qualifier: String? = nil,
        region: String? = nil,
        endpoint: String? = nil,
        contract: Contract = .mcpWrapper,
        unknownContract: String? = nil,
        approval: Approval = .required,
        pinsDefinitions: Bool = false,
        isEnabled: Bool = true,
        timeoutMs: Int = 30_000,
        invoke: InvokeSettings = InvokeSettings(),
        recording: RecordingSettings = RecordingSettings(),
        source: Source = .cli,
        description: String? = nil,
        toolCount: Int = 0,
        health: TargetHealth = TargetHealth()
    ) {
        self.id = id
        self.name = name
        self.function = function
        self.qualifier = qualifier
        self.region = region
        self.endpoint = endpoint
        self.contract = contract
        self.unknownContract = unknownContract
        self.approval = approval
        self.pinsDefinitions = pinsDefinitions
        self.isEnabled = isEnabled
        self.timeoutMs = timeoutMs
        self.invoke = invoke
        self.recording = recording
        self.source = source
        self.description = description
        self.toolCount = toolCount
        self.health = health
    }

    package var refreshedAtMs: Int64? { health.refreshedAtMs }
    package var lastError: String? { health.lastError }
    package var lastErrorAtMs: Int64? { health.lastErrorAtMs }
}

/// The outcome of a target's last refreshes. Changes often and decides nothing, so a snapshot's version ignores it.
package struct TargetHealth: Sendable, Equatable {
    /// When its tools were last read with success, in milliseconds since 1970.
    package var refreshedAtMs: Int64?
    /// The error of the last refresh; `nil` after a success.
    package var lastError: String?
    package var lastErrorAtMs: Int64?
    /// How long the last successful refresh took.
    package var lastDurationMs: Int?
    /// How many refreshes in a row failed; 0 after a success.
    package var failureCount = 0
    /// The earliest time at which the schedule asks a failing target again; `nil` when it's asked with all others.
    package var nextRefreshAtMs: Int64?
    /// What the last successful refresh found about its tools.
    package var tools: ToolHealth

    package init(
        refreshedAtMs: Int64? = nil,
        lastError: String? = nil,
        lastErrorAtMs: Int64? = nil,
        lastDurationMs: Int? = nil,
        tools: ToolHealth = ToolHealth()
    ) {
        self.refreshedAtMs = refreshedAtMs
        self.lastError = lastError
        self.lastErrorAtMs = lastErrorAtMs
        self.lastDurationMs = lastDurationMs
        self.tools = tools
    }
}

/// The state of a target's definitions: which are refused, and how many are served otherwise than sent.
package struct ToolHealth: Sendable, Equatable {
    /// Why a tool isn't served. All texts are bounded and safe to show.
    package struct Refusal: Sendable, Equatable {
        package var tool: String
        /// The member that is wrong; empty when the whole definition is.
        package var member: String
        package var reason: String

        package init(tool: String, member: String, reason: String) {
            self.tool = tool
            self.member = member
            self.reason = reason
        }
    }

    /// The most refusals that are named.
    package static let refusalsMax = 10

    package var refusedCount = 0
    /// The first of them, by the tools' names.
    package var refusals: [Refusal] = []
    /// Tools from which something is left out, or in which something is put right.
    package var changedCount = 0

    package init() {}
}

/// One entry of what a target lists: mostly a tool. Prompts, resources and templates stand among the tools, under their
/// catalog names (`CatalogKind`), so that one decision, one approval and one limit is that of all.
package struct ToolEntry: Sendable, Equatable {
    package enum State: String, Sendable { case active, quarantined }

    package var kind: CatalogKind
    /// `<target>___<catalog name>`, with the alias in the name's place if it has one: what patterns match. Of a tool it is
    /// what agents call it.
    package var exposedName: String
    /// The catalog's name for it: what the target calls it, with its kind before it unless it is a tool.
    package var name: String
    package var alias: String?
    /// An index into the snapshot's targets.
    package var target: Int
    /// The name or ARN of its own function; `nil` when the target's function serves it.
    package var function: String?
    /// The JSON object that lists show: what the target sent, without the parts that clients could fail on.
    package var definition: [UInt8]
    /// The hash of the canonical form of what the target sent and of the tool's own function; approvals are bound to
    /// it.
    package var sha256: Digest
    package var state: State

    package init(
        kind: CatalogKind = .tool,
        exposedName: String,
        name: String,
        alias: String? = nil,
        target: Int,
        function: String? = nil,
        definition: [UInt8],
        sha256: Digest,
        state: State = .active
    ) {
        self.kind = kind
        self.exposedName = exposedName
        self.name = name
        self.alias = alias
        self.target = target
        self.function = function
        self.definition = definition
        self.sha256 = sha256
        self.state = state
    }
}

extension ToolEntry {
    package var isTool: Bool { kind == .tool }

    /// What the target calls it: a name, a URI, or a template.
    package var ownName: String { kind.ownName(name) }

    /// What agents call a tool or a prompt.
    package var agentName: String {
        guard kind != .tool, let split = exposedName.firstRange(of: "___") else { return exposedName }
        return exposedName[..<split.upperBound] + kind.ownName(String(exposedName[split.upperBound...]))
    }
}

/// A team or customer.
package struct TenantEntry: Sendable, Equatable {
    package enum State: String, Sendable { case active, suspended }

    package var id: Int64
    package var name: String
    package var title: String?
    package var state: State
    /// When not empty, the tenant reaches only tools that one of these matches.
    package var allow: [NamePattern]
    /// The tenant reaches no tool that one of these matches, whatever else allows it.
    package var deny: [NamePattern]
    /// The value of Lambda's `X-Amz-Tenant-Id`, for functions with tenant isolation.
    package var lambdaTenantID: String?
    /// The role to assume for the tenant's calls.
    package var roleARN: String?
    /// The external id that the role's trust policy requires.
    package var externalID: String?
    /// nil for the standard one.
    package var sessionPolicy: SessionPolicyChoice?

    package init(
        id: Int64,
        name: String,
        title: String? = nil,
        state: State = .active,
        allow: [NamePattern] = [],
        deny: [NamePattern] = [],
        lambdaTenantID: String? = nil,
        roleARN: String? = nil,
        externalID: String? = nil,
        sessionPolicy: SessionPolicyChoice? = nil
    ) {
        self.id = id
        self.name = name
        self.title = title
        self.state = state
        self.allow = allow
        self.deny = deny
        self.lambdaTenantID = lambdaTenantID
        self.roleARN = roleARN
        self.externalID = externalID
        self.sessionPolicy = sessionPolicy
    }

    /// Whether its role's session may only do what its tools need.
    package var isNarrowed: Bool { roleARN != nil && (sessionPolicy ?? .standard) == .functions }
}

/// A bearer key of a tenant, by the hash of its text.
package struct KeyEntry: Sendable, Equatable {
    package var id: Int64
    /// An index into the snapshot's tenants.
    package var tenant: Int
    /// The part of the key that people may see.
    package var prefix: String
    package var name: String?
    /// SHA-256 of the whole key text, `mgw_<prefix>_<secret>`.
    package var hash: Digest
    /// The first millisecond since 1970 at which the key no longer works.
    package var expiresAtMs: Int64?
    package var isRevoked: Bool
    /// When not empty, the key reaches only tools that one of these matches.
    package var allow: [NamePattern]
    /// The key reaches no tool that one of these matches.
    package var deny: [NamePattern]

    package init(
        id: Int64,
        tenant: Int,
        prefix: String,
        name: String? = nil,
        hash: Digest,
        expiresAtMs: Int64? = nil,
        isRevoked: Bool = false,
        allow: [NamePattern] = [],
        deny: [NamePattern] = []
    ) {
        self.id = id
        self.tenant = tenant
        self.prefix = prefix
        self.name = name
        self.hash = hash
        self.expiresAtMs = expiresAtMs
        self.isRevoked = isRevoked
        self.allow = allow
        self.deny = deny
    }
}

extension ToolEntry {
    /// A hash of the exposed name and the definition. The same in every process and snapshot.
    var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in exposedName.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let product = (hash ^ sha256.firstWord).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
