import Bytes
import TOML
import Text

/// Reads settings one by one from a document and the environment, and gathers every fault on the way.
///
/// Each setting is asked for once; `finish()` then reports what nobody asked for.
struct SettingsReader {
    /// The file's name for messages; `nil` when there is none.
    let file: String?
    let root: TOMLTable
    let environment: [String: String]
    /// `MCP_GATEWAY_`; `nil` for files that the environment doesn't override.
    let environmentPrefix: String?
    /// The values that are kept elsewhere, or why they can't be had; those that nobody needs are missing.
    var kept: [KeptValue: Result<Secret, KeptValueError>] = [:]

    private(set) var faults: [ConfigFault] = []
    private(set) var settings: [EffectiveSetting] = []
    private(set) var notes: [String] = []
    /// Values that are kept elsewhere, by their settings' paths.
    private var hidden: [String: Secret] = [:]
    private var keys: [String: [String]] = [:]
    private var sections: [String] = []
    /// Of `sections`, those whose keys are the file's own words.
    private var freeSections: Set<String> = []
    /// Of `sections`, those that are lists of tables, read by other means.
    private var listSections: Set<String> = []
    /// Of those, the ones that are arrays of tables.
    private var arraySections: Set<String> = []

    init(file: String?, root: TOMLTable, environment: [String: String], environmentPrefix: String?) {
        self.file = file
        self.root = root
        self.environment = environment
        self.environmentPrefix = environmentPrefix
    }

    /// The setting's value: from the environment, else from the file, else `builtIn`.
    ///
    /// All are checked even when only one counts. An empty variable counts as absent. `aliases` are other
    /// variables that set it, the strongest first.
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

    /// The same in place: `value` holds the built-in one before.
    mutating func read<Value>(
        _ section: String,
        _ key: String,
        into value: inout Value,
        as form: SettingForm<Value>,
        aliases: [String] = []
    ) {
        value = read(section, key, as: form, default: value, aliases: aliases)
    }

    /// The same for a setting that may be left out.
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

    /// A secret: in the file only as a whole `${NAME}`, or kept at AWS; the variable's value otherwise. Never shown.
    ///
    /// A variable that is missing, or that holds a control character, is a fault of the reference, not of the file: who
    /// doesn't need the secret isn't stopped by it.
    mutating func readSecret(_ section: String, _ key: String) -> Secret? {
        know(section, key)
        let own = variableName(section, key).flatMap { variable($0) == nil ? nil : $0 }
        var found: (value: Secret, origin: EffectiveSetting.Origin)?
        var origin: EffectiveSetting.Origin?
        if let member = table(section)?.member(key) {
            do throws(Refusal) {
                let (path, line) = (file ?? "", member.location.line)
                if let reference = try KeptValue(member.value) {
                    origin = .reference(path: path, line: line, name: reference.text)
                    if own == nil, let value = keptText(reference, for: member) {
                        found = (Secret(value), origin ?? .builtIn)
                    }
                } else {
                    let name = try referenceName(member.value)
                    let place = EffectiveSetting.Origin.reference(path: path, line: line, name: "env \(name)")
                    origin = place
                    if own == nil, let value = secret(in: name, for: member) {
                        found = (Secret(value), place)
                    }
                }
            } catch {
                refuse(member, error.message)
            }
        }
        if let own, let value = variable(own) {
            origin = .environment(name: own)
            if OutsideValue.holdsControl(value) {
                refuseReference(.environment(name: own), "", controlMessage("it"), section)
            } else {
                found = (Secret(value), .environment(name: own))
            }
        }
        note(section, key, found == nil ? nil : "\"<redacted>\"", found?.origin ?? origin)
        return found?.value
    }

    /// A table of secrets, each as `readSecret` has them; or all of them in the variable `alias`, as `name=value,…`, which is
    /// stronger. Never shown.
    /// - Parameter check: says what is wrong with a name.
    mutating func readSecrets(
        _ section: String,
        _ key: String,
        alias: String,
        _ check: (String) -> String?
    ) -> [(name: String, value: Secret)] {
        know(section, key)
        var found: [(name: String, value: Secret)] = []
        var origin = EffectiveSetting.Origin.builtIn
        if let member = table(section)?.member(key) {
            origin = .file(path: file ?? "", line: member.location.line)
            if case .table(let table) = member.value.content {
                for entry in table.members { readEntry(entry, check).map { found.append((entry.key, $0)) } }
            } else {
                refuse(member, "must be a table of names and references, not \(member.value.kindInWords)")
            }
        }
        if let text = variable(alias) {
            origin = .environment(name: alias)
            let pairs = variablePairs(text)
            if let pairs, let fault = pairs.compactMap({ check($0.name) }).first {
                refuse(variable: alias, of: section, "a name in it \(fault)")
            } else if let pairs {
                found = pairs.map { ($0.name, Secret($0.value)) }
            } else {
                refuse(variable: alias, of: section, "must be name=value,name=value (value not shown)")
            }
        }
        let shown = found.map { "\(tomlString($0.name)) = \(redacted)" }.joined(separator: ", ")
        note(section, key, found.isEmpty ? nil : "{ \(shown) }", origin)
        return found
    }

    private mutating func readEntry(_ entry: TOMLTable.Member, _ check: (String) -> String?) -> Secret? {
        if let fault = check(entry.key) {
            refuse(entry, fault)
            return nil
        }
        do throws(Refusal) {
            if let reference = try KeptValue(entry.value) {
                return keptText(reference, for: entry).map { Secret($0) }
            }
            return secret(in: try referenceName(entry.value), for: entry).map { Secret($0) }
        } catch {
            refuse(entry, error.message)
            return nil
        }
    }

    /// Whether the setting's value comes from a variable that isn't the gateway's own: it may be meant for other programs.
    func isFromOthers(_ section: String, _ key: String) -> Bool {
        let setting = settings.last { $0.section == section && $0.key == key }
        guard case .environment(let name)? = setting?.origin else { return false }
        return environmentPrefix.map { !name.hasPrefix($0) } ?? true
    }

    private mutating func secret(in name: String, for member: TOMLTable.Member) -> String? {
        let place = ConfigFault.Place.file(path: file ?? "", line: member.location.line)
        let section = Self.outermost(member.value.path)
        guard let value = variable(name) else {
            let message = "the environment has no \(name); set it, or remove this key"
            refuseReference(place, member.value.path, message, section)
            return nil
        }
        guard !OutsideValue.holdsControl(value) else {
            refuseReference(place, member.value.path, controlMessage("the variable \(name)"), section)
            return nil
        }
        return value
    }

    /// The text of a value that is kept elsewhere, without white space around it; nil when it can't be had, which is a fault
    /// of the reference, not of the file.
    private mutating func keptText(_ reference: KeptValue, for member: TOMLTable.Member) -> String? {
        let place = ConfigFault.Place.file(path: file ?? "", line: member.location.line)
        let section = Self.outermost(member.value.path)
        let what = "${\(reference.text)}"
        switch kept[reference] {
        case .success(let secret)?:
            let text = OutsideValue.trimmed(secret.revealedText)
            if text.isEmpty {
                refuseKept(place, member.value.path, "\(what) is empty", section)
            } else if OutsideValue.holdsControl(text) {
                refuseKept(place, member.value.path, controlMessage(what), section)
            } else {
                return text
            }
        case .failure(let error)?:
            refuseKept(place, member.value.path, "\(what) can't be read: \(error.reason)", section)
        case nil:
            refuseKept(place, member.value.path, "\(what) isn't read here", section)
        }
        return nil
    }

    /// Where nothing but secrets may be missing, the file is sound without them.
    private mutating func refuseKept(
        _ place: ConfigFault.Place,
        _ key: String,
        _ message: String,
        _ section: String
    ) {
        var fault = ConfigFault(place: place, key: key, message: message, section: section)
        fault.isReference = ConfigNeeds.mayLackSecrets(section)
        faults.append(fault)
    }

    private func controlMessage(_ what: String) -> String {
        "\(what) holds a line break or another control character; set it again, to one line"
    }

    private mutating func refuseReference(
        _ place: ConfigFault.Place,
        _ key: String,
        _ message: String,
        _ section: String
    ) {
        var fault = ConfigFault(place: place, key: key, message: message, section: Self.outermost(section))
        fault.isReference = true
        faults.append(fault)
    }

    /// `auth` of `auth.jwt.issuers`.
    private static func outermost(_ path: String) -> String { String(path.prefix { $0 != "." && $0 != "[" }) }

    /// A variable that belongs to no section.
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

    /// The tables of an array, written `[[section]]`, in their order. Their keys are read by other means.
    mutating func tables(_ section: String) -> [(value: TOMLValue, table: TOMLTable)] {
        knowFreely(section)
        arraySections.insert(section)
        guard case .array(let elements)? = root[section]?.content else { return [] }
        return elements.compactMap { element in
            guard case .table(let table) = element.content else { return nil }
            return (element, table)
        }
    }

    /// Makes a section known, with a key that is read by other means when one is named.
    mutating func know(_ section: String, _ key: String? = nil) {
        if !sections.contains(section) { sections.append(section) }
        if let key { keys[section, default: []].append(key) }
    }

    /// Makes a section known whose keys are the file's own words, read by other means.
    mutating func knowFreely(_ section: String) {
        know(section)
        freeSections.insert(section)
    }

    /// Makes a list of tables known, written `[[section]]` and read by other means.
    mutating func knowList(_ section: String) {
        know(section)
        listSections.insert(section)
    }

    /// Notes such a list as one setting, so that each list of settings has the same ones.
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

    /// The outermost name of the path's section, if there is one of that name.
    private func known(_ path: String) -> String? {
        let name = Self.outermost(path)
        return sections.contains { Self.outermost($0) == name } ? name : nil
    }

    /// Reports a fault of one or more settings together, at the place that set `key`, or at the file as a
    /// whole.
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

    /// A variable's value without white space around it; nil when nothing is left.
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

    /// A variable with our prefix and a section's name must be one of its keys; others only get a note.
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

    /// The names the commands read themselves, and those that Kubernetes makes for a Service called
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

    private func variableName(_ section: String, _ key: String) -> String? {
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

    /// A setting's value that is kept elsewhere: read as a variable's text is. What it is stays unsaid.
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

    private mutating func note(
        _ section: String,
        _ key: String,
        _ value: String?,
        _ origin: EffectiveSetting.Origin?
    ) {
        var setting = EffectiveSetting(section: section, key: key, value: value, origin: origin ?? .builtIn)
        // Where the value in force is the one that is kept elsewhere.
        if case .reference = origin, let text = hidden["\(section).\(key)"] {
            setting = EffectiveSetting(section: section, key: key, value: redacted, origin: setting.origin)
            setting.hidden = text
        }
        settings.append(setting)
    }
}

private let redacted = "\"<redacted>\""

/// The variable that a `${NAME}` value refers to; anything else is refused without being shown.
func referenceName(_ value: TOMLValue) throws(Refusal) -> String {
    guard case .string(let text) = value.content, text.hasPrefix("${"), text.hasSuffix("}") else {
        throw Refusal(
            "a secret is not read from a file: name an environment variable, as \"${NAME}\", or what is kept at AWS, as "
                + "\"${aws:secretsmanager:NAME}\" (value not shown)"
        )
    }
    let name = text.dropFirst(2).dropLast()
    let isName =
        name.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || $0 == UInt8(ascii: "_") }
        && !(name.utf8.first.map { $0 &- 48 < 10 } ?? true)
    guard isName else {
        throw Refusal("the reference does not name an environment variable (value not shown)")
    }
    return String(name)
}
