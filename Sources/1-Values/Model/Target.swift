package import Contracts
package import MCP
package import Policy
import Text

/// A target as someone declares it.
package struct TargetSpec: Sendable, Equatable {
    package var name: TargetName
    /// A name or ARN; empty when each declared tool has a function of its own.
    package var function: String
    package var qualifier: String?
    package var region: String?
    package var endpoint: String?
    package var contract: Contract
    /// The word for its contract when this program doesn't know it, because a newer program stored it: `contract` then
    /// has no meaning, and nothing may be sent to the function.
    package var unknownContract: String?
    package var approval: Approval
    /// Whether subscriptions are bound to the definitions that they were approved with; `nil` is the default for
    /// the approval: on when an operator decides, otherwise off.
    package var pinDefinitions: Bool?
    /// Whether its tools may hold characters that a reader can't see; takes effect at the next refresh.
    package var allowsHidden: Bool
    package var isEnabled: Bool
    /// 1...900000, as Lambda's own bound is 15 minutes.
    package var timeoutMs: Int
    package var invoke: InvokeSettings
    package var recording: RecordingSettings
    package var description: String?
    /// A JSON array of tool definitions, for contracts without discovery. Stored as it is. A definition may have a member
    /// `function`: the name or ARN of the tool's own function.
    package var toolsJSON: String?
    /// What its function serves, in the families' order; `nil` when the function is asked for it, where its contract allows.
    package var serves: [ServedFamily]?
    /// The file that declares the target; `nil` for one added by command.
    package var filePath: String?
    /// [a tool's own name] → the alias that the file declares for it; empty for a target added by command.
    package var aliases: [String: String]

    package init(
        name: TargetName,
        function: String,
        qualifier: String? = nil,
        region: String? = nil,
        endpoint: String? = nil,
        contract: Contract = .mcpWrapper,
        unknownContract: String? = nil,
        approval: Approval = .required,
        pinDefinitions: Bool? = nil,
        allowsHidden: Bool = false,
        isEnabled: Bool = true,
        timeoutMs: Int = 30_000,
        invoke: InvokeSettings = InvokeSettings(),
        recording: RecordingSettings = RecordingSettings(),
        description: String? = nil,
        toolsJSON: String? = nil,
        serves: [ServedFamily]? = nil,
        filePath: String? = nil,
        aliases: [String: String] = [:]
    ) {
        self.name = name
        self.function = function
        self.qualifier = qualifier
        self.region = region
        self.endpoint = endpoint
        self.contract = contract
        self.unknownContract = unknownContract
        self.approval = approval
        self.pinDefinitions = pinDefinitions
        self.allowsHidden = allowsHidden
        self.isEnabled = isEnabled
        self.timeoutMs = timeoutMs
        self.invoke = invoke
        self.recording = recording
        self.description = description
        self.toolsJSON = toolsJSON
        self.serves = serves.map { families in ServedFamily.allCases.filter { families.contains($0) } }
        self.filePath = filePath
        self.aliases = aliases
    }

    /// Checks the declaration.
    /// - Throws: `.invalid`, naming the target and the field.
    package func check() throws(ModelFault) {
        // A target may lack a function when each declared tool has its own.
        try checkText(function, "target \(name): function", bytes: (toolsJSON == nil ? 1 : 0)...512)
        try checkText(qualifier, "target \(name): qualifier", bytes: 1...128)
        try checkText(region, "target \(name): region", bytes: 1...64)
        try checkText(endpoint, "target \(name): endpoint", bytes: 1...2_048)
        guard Self.timeoutBoundsMs.contains(timeoutMs) else {
            throw ModelFault(
                .invalid,
                "target \(name): the timeout is \(timeoutMs) ms",
                hint: Self.timeoutHint
            )
        }
        try checkAliases()
        try checkServes()
        try checkInvoke()
        try checkRecording()
        guard (description?.utf8.count ?? 0) <= 4_096, (toolsJSON?.utf8.count ?? 0) <= Self.toolsBytesMax
        else {
            throw ModelFault(
                .invalid,
                "target \(name): the description or the declared tools are too long",
                hint: "4 KiB and 4 MiB are allowed"
            )
        }
    }
}

extension TargetSpec {
    /// The contract's word, known to this program or not.
    package var contractWord: String { unknownContract ?? contract.rawValue }
}

extension TargetSpec {
    /// The most bytes of all declared tools together: 4 MiB.
    package static let toolsBytesMax = 4_194_304
    /// The most aliases that a file may declare.
    package static let aliasesMax = 1_000

    /// - Throws: `.invalid` when its contract can't serve what is declared.
    package func checkServes() throws(ModelFault) {
        guard let serves else { return }
        guard !serves.isEmpty else {
            throw ModelFault(
                .invalid,
                "target \(name): serves names nothing",
                hint: "name one of \(ServedFamily.words), or leave it out to have the function asked"
            )
        }
        guard unknownContract != nil || contract.servesOtherThanTools || serves == [.tools] else {
            throw ModelFault(
                .invalid,
                "target \(name): a function of the contract \(contract.rawValue) serves tools alone",
                hint: "leave serves out, or choose one of \(Contract.words { $0.servesOtherThanTools })"
            )
        }
    }

    /// The kinds that its function is asked for, and whether somebody has said so: what nobody has said need not be there.
    package var askedKinds: (kinds: [CatalogKind], isDeclared: Bool) {
        if let serves { return (serves.flatMap { $0.kinds }, true) }
        return (contract.mayBeAskedForAnything ? CatalogKind.listed : [.tool], false)
    }

    private func checkAliases() throws(ModelFault) {
        guard aliases.count <= Self.aliasesMax else {
            throw ModelFault(
                .invalid,
                "target \(name): \(aliases.count) aliases are declared",
                hint: "\(Self.aliasesMax) are allowed"
            )
        }
        var tools: [String: String] = [:]
        for (tool, alias) in aliases.sorted(by: { $0.key < $1.key }) {
            try checkText(tool, "target \(name): the name of a tool with an alias", bytes: 1...256)
            let kind = CatalogKind(catalogName: tool)
            guard kind == .tool || kind == .prompt else {
                throw ModelFault(
                    .invalid,
                    "target \(name): \(quoted(tool)) has an alias",
                    hint: "tools and prompts alone have one; a resource keeps its URI"
                )
            }
            guard kind == CatalogKind(catalogName: alias), ToolName.isTool(kind.ownName(alias)) else {
                throw ModelFault(
                    .invalid,
                    "target \(name): the alias \(quoted(alias)) is not a valid tool name",
                    hint: "use 1 to 128 letters, digits, underscores, dots and hyphens"
                        + (kind == .prompt ? ", after prompt:" : "")
                )
            }
            if let other = tools.updateValue(tool, forKey: alias) {
                throw ModelFault(
                    .invalid,
                    "target \(name): \(quoted(other)) and \(quoted(tool)) have the alias \(quoted(alias))",
                    hint: "give each its own"
                )
            }
        }
    }
}

extension ServedFamily {
    /// For messages: `tools, prompts and resources`.
    package static let words = "tools, prompts and resources"
}

/// How many entries besides tools a target has in the catalog.
package struct CatalogCounts: Sendable, Equatable {
    package var prompts = 0
    package var resources = 0
    package var templates = 0

    package init() {}
}

/// A target as it is stored.
package struct TargetRecord: Sendable, Equatable {
    package var id: Int64
    package var spec: TargetSpec
    package var source: TargetEntry.Source
    /// Whether an operator's `target disable` is in force, whatever the declaration says.
    package var isSwitchedOff: Bool
    package var toolCount: Int
    /// How many entries of the other kinds it has in the catalog.
    package var counts = CatalogCounts()
    package var createdAtMs: Int64
    package var updatedAtMs: Int64
    /// Counts changes of the declaration and of whether it's switched on, for conditional updates.
    package var revision: Int64
    /// All aliases in force, from its file and from commands, in order of the tools' names.
    package var aliases: [ToolAlias]
    package var health: TargetHealth
    /// What is wrong with its file now; the declaration before it stays in force meanwhile.
    package var fileFaults: [String] = []
    /// The discovery that found its functions and manages it; nil for other targets.
    package var discovery: String?
    /// The names that have a timeout of their own but aren't in the catalog, in order: mistyped, or gone.
    package var unusedTimeouts: [String] = []

    package init(
        id: Int64,
        spec: TargetSpec,
        source: TargetEntry.Source,
        isSwitchedOff: Bool,
        toolCount: Int,
        createdAtMs: Int64,
        updatedAtMs: Int64,
        revision: Int64,
        aliases: [ToolAlias],
        health: TargetHealth,
        fileFaults: [String] = [],
        discovery: String? = nil
    ) {
        self.id = id
        self.spec = spec
        self.source = source
        self.isSwitchedOff = isSwitchedOff
        self.toolCount = toolCount
        self.createdAtMs = createdAtMs
        self.updatedAtMs = updatedAtMs
        self.revision = revision
        self.aliases = aliases
        self.health = health
        self.fileFaults = fileFaults
        self.discovery = discovery
    }

    package var name: TargetName { spec.name }
    package var isEnabled: Bool { isSwitchedOn && spec.unknownContract == nil }
    /// Whether neither its declaration nor a command switches it off.
    package var isSwitchedOn: Bool { spec.isEnabled && !isSwitchedOff }
    /// Whether pinning is in force, asked for or by default.
    package var pinsDefinitions: Bool { spec.pinDefinitions ?? (spec.approval == .required) }
}
