import Bytes
import TOML
import Text

/// Reads settings one by one from a document and the environment, and collects all faults.
///
/// Each setting is read once; `finish()` then reports settings that nobody read.
struct SettingsReader {
    /// The file's name for messages; `nil` when there is none.
    let file: String?
    let root: TOMLTable
    let environment: [String: String]
    /// `MCP_GATEWAY_`; `nil` for files that the environment doesn't override.
    let environmentPrefix: String?
    /// The values kept at AWS, or why they can't be read; values that the caller doesn't need are absent.
    var kept: [KeptValue: Result<Secret, KeptValueError>] = [:]

    var faults: [ConfigFault] = []
    private(set) var settings: [EffectiveSetting] = []
    private(set) var notes: [String] = []
    /// The values kept at AWS, by the paths of their settings.
    private var hidden: [String: Secret] = [:]
    private var keys: [String: [String]] = [:]
    private var sections: [String] = []
    /// The sections in `sections` whose keys the file's author chooses.
    private var freeSections: Set<String> = []
    /// The sections in `sections` that are lists of tables, read by other code.
    private var listSections: Set<String> = []
    /// The sections in `sections` that are arrays of tables, returned by `tables`.
    private var arraySections: Set<String> = []

    init(file: String?, root: TOMLTable, environment: [String: String], environmentPrefix: String?) {
        self.file = file
        self.root = root
        self.environment = environment
        self.environmentPrefix = environmentPrefix
    }

    /// The setting's value: from the environment, else from the file, else `builtIn`.
    ///
    /// Every source is checked, even if its value isn't used. An empty variable counts as absent. `aliases` are other
    /// variables for the setting, in descending order of precedence.
    mutating func read<Value>(
        _ section: String,
        _ key: String,
        as form: SettingForm<Value>,
        default builtIn: Value,
        aliases: [String] = []
    ) -> Value {
        let found = find(section, key, as: form, aliases: aliases)
        note(section, key, found.map { form.show($0.value) } ?? form.show(builtIn), found?.origin)
        return found?.value ?? builtIn
    }

    /// Reads the setting in place; `value` holds the default before.
    mutating func read<Value>(
        _ section: String,
        _ key: String,
        into value: inout Value,
        as form: SettingForm<Value>,
        aliases: [String] = []
    ) {
        value = read(section, key, as: form, default: value, aliases: aliases)
    }

    /// Reads a setting that may be absent.
    mutating func readOptional<Value>(
        _ section: String,
        _ key: String,
        as form: SettingForm<Value>,
        aliases: [String] = []
    ) -> Value? {
        let found = find(section, key, as: form, aliases: aliases)
        note(section, key, found.map { form.show($0.value) }, found?.origin)
        return found?.value
    }

    /// The outermost name of a path: `auth` of `auth.jwt.issuers`.
    static func outermost(_ path: String) -> String { String(path.prefix { $0 != "." && $0 != "[" }) }

    /// Reads a variable that belongs to no section.
    mutating func readVariable(_ name: String, isSecret: Bool = false) -> String? {
        guard let value = variable(name) else { return nil }
        if OutsideValue.holdsControl(value) {
            refuseReference(.environment(name: name), "", controlMessage("it"), "environment")
            return nil
        }
        note("environment", name, isSecret ? "\"<redacted>\"" : tomlString(value), .environment(name: name))
        return value
    }

    /// The section's table; `nil` when it is absent or not a table. `a.b` is the table `b` inside `a`.
    func table(_ section: String) -> TOMLTable? {
        var table = root
        for name in section.split(separator: ".") {
            guard case .table(let inner)? = table[String(name)]?.content else { return nil }
            table = inner
        }
        return table
    }

    /// The tables of an array, written `[[section]]`, in their order. Their keys are read by other code.
    mutating func tables(_ section: String) -> [(value: TOMLValue, table: TOMLTable)] {
        knowFreely(section)
        arraySections.insert(section)
        guard case .array(let elements)? = root[section]?.content else { return [] }
        return elements.compactMap { element in
            guard case .table(let table) = element.content else { return nil }
            return (element, table)
        }
    }

    /// Makes a section known, and optionally one of its keys that is read by other code.
    mutating func know(_ section: String, _ key: String? = nil) {
        if !sections.contains(section) { sections.append(section) }
        if let key { keys[section, default: []].append(key) }
    }

    /// Makes a section known whose keys the file's author chooses; other code reads them.
    mutating func knowFreely(_ section: String) {
        know(section)
        freeSections.insert(section)
    }

    /// Makes a list of tables known, written `[[section]]` and read by other code.
    mutating func knowList(_ section: String) {
        know(section)
        listSections.insert(section)
    }

    /// Notes a list of tables as a single setting, so that the settings of any two configurations can be compared
    /// pairwise.
    mutating func note(list section: String, _ value: String?, _ origin: EffectiveSetting.Origin) {
        note(section, "entries", value, origin)
    }

    /// Reports a fault at a member of the document.
    mutating func refuse(_ member: TOMLTable.Member, _ message: String) {
        refuse(member.value.path, line: member.location.line, message)
    }

    mutating func refuse(_ path: String, line: Int, _ message: String) {
        faults.append(
            ConfigFault(
                place: .file(path: file ?? "", line: line),
                key: path,
                message: message,
                section: known(path)
            )
        )
    }

    mutating func refuse(variable name: String, of section: String, _ message: String) {
        let place = ConfigFault.Place.environment(name: name)
        faults.append(ConfigFault(place: place, key: "", message: message, section: known(section)))
    }

    /// The outermost name of the path, if there is a section with that name.
    private func known(_ path: String) -> String? {
        let name = Self.outermost(path)
        return sections.contains { Self.outermost($0) == name } ? name : nil
    }

    /// Reports a fault of one setting or of a combination, at the place where `key` is set, or else at the section or
    /// the file.
    mutating func refuse(_ section: String, _ key: String, _ message: String) {
        let setting = settings.last { $0.section == section && $0.key == key }
        switch setting?.origin {
        case .environment(let name): refuse(variable: name, of: section, message)
        case .file(_, let line), .reference(_, let line, _): refuse("\(section).\(key)", line: line, message)
        case .builtIn, nil:
            let outermost = String(section.prefix { $0 != "." })
            let line = root.member(outermost)?.location.line ?? 0
            refuse("\(section).\(key)", line: line, message)
        }
    }

    /// Notes that a variable changed a setting that was read before.
    mutating func override(_ section: String, _ key: String, _ value: String, variable name: String) {
        guard let index = settings.firstIndex(where: { $0.section == section && $0.key == key }) else {
            return
        }
        let origin = EffectiveSetting.Origin.environment(name: name)
        settings[index] = EffectiveSetting(section: section, key: key, value: value, origin: origin)
    }

    mutating func add(note: String) { notes.append(note) }

    /// A variable's value without white space around it; nil when nothing remains.
    func variable(_ name: String) -> String? {
        guard let value = environment[name].map({ OutsideValue.trimmed($0) }), !value.isEmpty else {
            return nil
        }
        return value
    }

    /// Reports sections and keys that nobody read, in the file and in the environment, and sorts all faults.
    mutating func finish() {
        for member in root.members { finishSection(member, member.key) }
        finishEnvironment()
        faults.sort { Self.rank($0) < Self.rank($1) }
    }

    /// The file's faults in its order, then the environment's. The sort is stable.
    private static func rank(_ fault: ConfigFault) -> Int {
        guard case .file(_, let line) = fault.place else { return .max }
        return line
    }

    private mutating func finishSection(_ member: TOMLTable.Member, _ name: String) {
        let inner = sections.filter { $0.hasPrefix("\(name).") }.map {
            String($0.dropFirst(name.utf8.count + 1))
        }
        guard sections.contains(name) || !inner.isEmpty else {
            let owner = sections.first { keys[$0]?.contains(member.key) == true }
            let hint =
                owner.map { "; it belongs below [\($0)]" }
                ?? nearestName(to: member.key, in: sections).map { "; did you mean [\($0)]?" }
                ?? "; the sections are \(sections.map { "[\($0)]" }.joined(separator: ", "))"
            return refuse(member, "unknown section\(hint)")
        }
        if listSections.contains(name) { return }
        if arraySections.contains(name) { return finishArray(member, name) }
        guard case .table(let table) = member.value.content else {
            return refuse(
                member,
                "must be a section, written [\(name)], not \(member.value.kindInWords)"
            )
        }
        if freeSections.contains(name) { return }
        let known = (keys[name] ?? []) + inner
        for entry in table.members {
            if inner.contains(entry.key) {
                finishSection(entry, "\(name).\(entry.key)")
            } else if !known.contains(entry.key) {
                let hint = nearestName(to: entry.key, in: known).map { "; did you mean \"\($0)\"?" }
                refuse(entry, "unknown key\(hint ?? "; [\(name)] has \(known.joined(separator: ", "))")")
            }
        }
    }

    private mutating func finishArray(_ member: TOMLTable.Member, _ name: String) {
        guard case .array(let elements) = member.value.content else {
            return refuse(member, "must be written [[\(name)]], not \(member.value.kindInWords)")
        }
        for element in elements {
            if case .table = element.content { continue }
            refuse(
                element.path,
                line: element.location.line,
                "must be a table, written [[\(name)]], not \(element.kindInWords)"
            )
        }
    }

    /// Checks variables with the gateway's prefix: one that begins with a section's name must be one of its keys;
    /// others only get a note.
    private mutating func finishEnvironment() {
        guard let environmentPrefix else { return }
        let known = sections.flatMap { section in
            (keys[section] ?? []).compactMap { variableName(section, $0) }
        }
        for name in environment.keys.sorted() where name.hasPrefix(environmentPrefix) && !known.contains(name)
        {
            guard !isForeign(name.dropFirst(environmentPrefix.count), environment[name] ?? "") else {
                continue
            }
            let hint = nearestName(to: name.lowercased(), in: known.map { $0.lowercased() })
            let suggestion = hint.map { "; did you mean \($0.uppercased())?" } ?? ""
            if let section = sections.first(where: { name.hasPrefix(variableName($0, "") ?? "") }) {
                refuse(variable: name, of: section, "sets no known key\(suggestion)")
            } else {
                notes.append("the environment variable \(name) sets nothing\(suggestion)")
            }
        }
    }

    /// Whether the name is one that commands read themselves, or that Kubernetes sets for a Service called
    /// `mcp-gateway…`.
    /// Source: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    private func isForeign(_ rest: Substring, _ value: String) -> Bool {
        if ["KEY", "KEY_FILE", "ADMIN_TOKEN", "CONFIG", "URL", "CONTEXT"].contains(rest) { return true }
        if rest.contains("SERVICE_HOST") || rest.contains("SERVICE_PORT") { return true }
        if rest == "PORT" || rest.hasSuffix("_PORT") {
            return value.contains("://") || rest.contains("PORT_")
        }
        return "_\(rest)".contains("_PORT_") && (rest.contains("_TCP") || rest.contains("_UDP"))
    }

    func variableName(_ section: String, _ key: String) -> String? {
        environmentPrefix.map { prefix in
            String("\(prefix)\(section)_\(key)".uppercased().map { $0 == "." ? "_" : $0 })
        }
    }

    private mutating func find<Value>(
        _ section: String,
        _ key: String,
        as form: SettingForm<Value>,
        aliases: [String]
    ) -> (value: Value, origin: EffectiveSetting.Origin)? {
        know(section, key)
        var found: (value: Value, origin: EffectiveSetting.Origin)?
        if let member = table(section)?.member(key) {
            do throws(Refusal) {
                if let reference = try KeptValue(member.value) {
                    found = try self.kept(reference, member, as: form)
                } else {
                    let origin = EffectiveSetting.Origin.file(path: file ?? "", line: member.location.line)
                    found = (try form.fromFile(member.value), origin)
                }
            } catch {
                refuse(member, error.message)
            }
        }
        let own = variableName(section, key).map { [$0] } ?? []
        for name in (own + aliases).reversed() {
            guard let text = variable(name) else { continue }
            do throws(Refusal) {
                found = (try form.fromText(text), .environment(name: name))
            } catch {
                refuse(variable: name, of: section, error.message)
            }
        }
        return found
    }

    /// A setting's value kept at AWS, read like the text of a variable. Faults don't show the value.
    private mutating func kept<Value>(
        _ reference: KeptValue,
        _ member: TOMLTable.Member,
        as form: SettingForm<Value>
    ) throws(Refusal) -> (value: Value, origin: EffectiveSetting.Origin)? {
        guard Self.outermost(member.value.path) != "aws" else {
            throw Refusal(
                "must be written here, as it says how AWS is asked; only [aws]'s secrets may be kept there"
            )
        }
        guard let text = keptText(reference, for: member) else { return nil }
        let value: Value
        do throws(Refusal) {
            value = try form.fromText(text)
        } catch {
            throw Refusal("what ${\(reference.text)} holds can't be a value of this setting (it isn't shown)")
        }
        let name = "\(member.value.path)"
        hidden[name] = Secret(text)
        let place = EffectiveSetting.Origin.reference(
            path: file ?? "",
            line: member.location.line,
            name: reference.text
        )
        return (value, place)
    }

    mutating func note(
        _ section: String,
        _ key: String,
        _ value: String?,
        _ origin: EffectiveSetting.Origin?
    ) {
        var setting = EffectiveSetting(section: section, key: key, value: value, origin: origin ?? .builtIn)
        // Applies if the value in force is the one kept at AWS.
        if case .reference = origin, let text = hidden["\(section).\(key)"] {
            setting = EffectiveSetting(section: section, key: key, value: redacted, origin: setting.origin)
            setting.hidden = text
        }
        settings.append(setting)
    }
}

let redacted = "\"<redacted>\""
