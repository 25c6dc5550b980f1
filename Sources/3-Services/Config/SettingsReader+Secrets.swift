import Bytes
import Text
import TOML

/// Secrets and values kept at AWS, which are never shown, also not in faults.
extension SettingsReader {
    /// Reads a secret: from the variable of the setting, else from the file, which must hold a whole `${NAME}` or a
    /// reference to a value kept at AWS. Never shown.
    ///
    /// A variable that is missing or holds a control character is a fault of the reference, not of the file, so it
    /// doesn't stop a caller that doesn't need the secret.
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

    /// Reads a table of secrets, each like `readSecret`, or all of them from the variable `alias`, as `name=value,…`,
    /// which takes precedence. Never shown.
    /// - Parameter check: returns the error in a name, or nil.
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

    /// Whether the setting's value comes from a variable without the gateway's prefix, which may be meant for other
    /// programs.
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

    /// The text of a value kept at AWS, without white space around it; nil when it can't be read, which is a fault of
    /// the reference, not of the file.
    mutating func keptText(_ reference: KeptValue, for member: TOMLTable.Member) -> String? {
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

    /// Adds a fault; in a section whose secrets may be missing, it's a fault of the reference, so the file itself
    /// counts as valid.
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

    func controlMessage(_ what: String) -> String {
        "\(what) holds a line break or another control character; set it again, to one line"
    }

    mutating func refuseReference(
        _ place: ConfigFault.Place,
        _ key: String,
        _ message: String,
        _ section: String
    ) {
        var fault = ConfigFault(place: place, key: key, message: message, section: Self.outermost(section))
        fault.isReference = true
        faults.append(fault)
    }
}

/// The name of the variable in a `${NAME}` value; any other value is refused without being shown.
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
