import Calendar
import Contracts
import Policy
import TOML

extension GatewayConfig {
    /// Reads `[[discovery]]` of the file, and the discovery that FUNCTION_PREFIX and similar variables define.
    mutating func readDiscovery(_ reader: inout SettingsReader) {
        reader.knowList("discovery")
        if let member = reader.root.member("discovery") { readEntries(member, &reader) }
        readDiscoveryVariables(&reader)
        let origin: EffectiveSetting.Origin? =
            if let member = reader.root.member("discovery") {
                .file(path: reader.file ?? "", line: member.location.line)
            } else if Discovery.isZeroCode(discovery) {
                .environment(name: strongestVariable(reader))
            } else { nil }
        let entries = discovery.map { $0.settings }
        reader.note(
            list: "discovery",
            entries.isEmpty ? nil : "[\(entries.joined(separator: ", "))]",
            origin ?? .builtIn
        )
    }

    private mutating func readEntries(_ member: TOMLTable.Member, _ reader: inout SettingsReader) {
        guard case .array(let elements) = member.value.content else {
            reader.refuse(member, "must be a list of tables, each written [[discovery]]")
            return
        }
        guard elements.count <= Discovery.entriesMax else {
            reader.refuse(member, "has \(elements.count) entries; \(Discovery.entriesMax) are allowed")
            return
        }
        for element in elements {
            guard case .table(let table) = element.content else {
                reader.refuse(
                    "discovery",
                    line: element.location.line,
                    "must be a list of tables, each written [[discovery]]"
                )
                continue
            }
            var entryReader = DiscoveryReader(table)
            var entry = entryReader.read()
            entryReader.report(to: &reader)
            if entryReader.isFaulty { continue }
            let (path, line) = (element.path, element.location.line)
            if let fault = entry.fault {
                reader.refuse(path, line: line, fault.message)
                continue
            }
            if entry.name.isEmpty {
                entry.name = Discovery.defaultName(prefix: entry.prefix, tags: entry.tags)
            }
            if discovery.contains(where: { $0.name == entry.name }) {
                reader.refuse(
                    path,
                    line: line,
                    "has the name \"\(entry.name)\", as an entry before it has; give it a name of its own"
                )
                continue
            }
            discovery.append(entry)
        }
    }

    /// Reads the variables of awslabs.lambda-tool-mcp-server; they alone are enough to serve functions as tools.
    /// Source: awslabs.lambda-tool-mcp-server, README, "Environment variables"
    private mutating func readDiscoveryVariables(_ reader: inout SettingsReader) {
        let prefix = variable("FUNCTION_PREFIX", &reader, checkFunctionPrefix)
        let list = reader.readVariable("FUNCTION_LIST") ?? ""
        let functions = list.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
        let key = variable("FUNCTION_TAG_KEY", &reader, checkTagKey)
        let value = variable("FUNCTION_TAG_VALUE", &reader, checkTagValue)
        let schemaTag = variable("FUNCTION_INPUT_SCHEMA_ARN_TAG_KEY", &reader, checkTagKey)
        for function in functions {
            if let fault = checkFunctionChoice(function) {
                reader.refuse(variable: "FUNCTION_LIST", of: "environment", fault)
            }
        }
        if functions.count > Discovery.functionsMax {
            reader.refuse(
                variable: "FUNCTION_LIST",
                of: "environment",
                "names \(functions.count) functions; \(Discovery.functionsMax) are allowed"
            )
        }
        if key == nil, reader.variable("FUNCTION_TAG_VALUE") != nil {
            reader.refuse(
                variable: "FUNCTION_TAG_VALUE",
                of: "environment",
                "needs FUNCTION_TAG_KEY as well"
            )
        }
        if value == nil, reader.variable("FUNCTION_TAG_KEY") != nil {
            reader.refuse(
                variable: "FUNCTION_TAG_KEY",
                of: "environment",
                "needs FUNCTION_TAG_VALUE as well"
            )
        }
        var entry = Discovery(name: "")
        entry.prefix = prefix
        var seen: Set<String> = []
        entry.functions = functions.filter { seen.insert($0).inserted }
        if let key, let value { entry.tags = [key: value] }
        entry.schemaTag = schemaTag
        guard entry.fault == nil else {
            if schemaTag != nil {
                reader.add(
                    note:
                        "FUNCTION_INPUT_SCHEMA_ARN_TAG_KEY is set, but neither FUNCTION_PREFIX, FUNCTION_LIST nor "
                        + "FUNCTION_TAG_KEY says which functions are meant"
                )
            }
            return
        }
        entry.name = Discovery.defaultName(prefix: prefix, tags: entry.tags)
        entry.approval = .open
        entry.contract = .function
        entry.isFromEnvironment = true
        if discovery.contains(where: { $0.name == entry.name }) {
            reader.refuse(
                variable: strongestVariable(reader),
                of: "environment",
                "makes a discovery \"\(entry.name)\", as a [[discovery]] of the file is called; unset it, or name that one otherwise"
            )
            return
        }
        discovery.append(entry)
    }

    /// The variable to name as the discovery's origin: the first one that is set.
    private func strongestVariable(_ reader: SettingsReader) -> String {
        ["FUNCTION_PREFIX", "FUNCTION_LIST"].first { reader.variable($0) != nil } ?? "FUNCTION_TAG_VALUE"
    }

    private func variable(
        _ name: String,
        _ reader: inout SettingsReader,
        _ check: (String) -> String?
    ) -> String? {
        guard let text = reader.readVariable(name) else { return nil }
        guard let fault = check(text) else { return text }
        reader.refuse(variable: name, of: "environment", fault)
        return nil
    }
}

extension GatewayConfig.Discovery {
    /// Whether FUNCTION_PREFIX or a similar variable defines a discovery, in which case a store that is still empty
    /// gets its first tenant.
    package static func isZeroCode(_ entries: [Self]) -> Bool { entries.contains { $0.isFromEnvironment } }

    /// The entry in TOML's spelling, for `config show`.
    fileprivate var settings: String {
        func list(_ texts: [String]) -> String? {
            texts.isEmpty ? nil : "[\(texts.map { tomlString($0) }.joined(separator: ", "))]"
        }
        let members: [(String, String?)] = [
            ("name", tomlString(name)), ("prefix", prefix.map { tomlString($0) }),
            ("functions", list(functions)),
            ("tags", tags.isEmpty ? nil : showTags(tags)), ("regions", list(regions)),
            ("role_arn", roleARN.map { tomlString($0) }), ("external_id", externalID.map { tomlString($0) }),
            ("approval", tomlString(approval.rawValue)),
            ("approval_from_tags", tomlString((approvalFromTags ?? approval).rawValue)),
            ("contract", contract.map { tomlString($0.rawValue) }),
            ("schema_tag", schemaTag.map { tomlString($0) }),
            ("interval", tomlString(DurationText.spell(interval))),
            ("grace", tomlString(DurationText.spell(grace))),
        ]
        let shown = members.compactMap { key, value in value.map { "\(key) = \($0)" } }
        return "{ \(shown.joined(separator: ", ")) }"
    }
}
