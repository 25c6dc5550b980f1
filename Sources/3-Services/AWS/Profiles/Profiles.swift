/// The contents of both shared files together, by section and property.
///
/// A property of the credentials file wins over the config file's. Sections and properties with names that AWS doesn't
/// allow are left out, as every SDK leaves them out.
package struct Profiles: Sendable, Equatable {
    package typealias Properties = [String: String]

    /// One shared file.
    package struct File: Sendable {
        package let path: String
        package let text: String

        package init(path: String, text: String) {
            self.path = path
            self.text = text
        }

        /// Empty when `path` is `nil` or names no file.
        package init(path: String?, readFile: FileReader) throws(ProfileError) {
            self.path = path ?? ""
            guard let path else {
                text = ""
                return
            }
            do throws(FileFault) {
                text = String(decoding: try readFile(path) ?? [], as: UTF8.self)
            } catch {
                throw ProfileError(path: path, line: nil, reason: error.reason)
            }
        }
    }

    /// The sections `[default]` and `[profile x]`, and `[x]` of the credentials file.
    package private(set) var profiles: [String: Properties] = [:]
    /// The sections `[sso-session x]`.
    package private(set) var ssoSessions: [String: Properties] = [:]
    /// The sections `[services x]`.
    package private(set) var services: [String: Properties] = [:]
    /// The profiles whose access key id is in the credentials file.
    private(set) var keysInCredentialsFile: Set<String> = []

    package init() {}

    package init(config: File, credentials: File) throws(ProfileError) {
        let config = try RawProfileFile(parsing: withoutByteOrderMark(config.text), path: config.path)
        let credentials = try RawProfileFile(
            parsing: withoutByteOrderMark(credentials.text),
            path: credentials.path
        )
        // "[profile default]" hides a plain "[default]" of the config file, wherever in the file it is.
        let hidesPlainDefault = config.sections.contains {
            SectionName($0.name) == .prefixed("profile", "default")
        }
        for section in config.sections {
            switch SectionName(section.name) {
            case .prefixed("profile", let name): merge(section, into: &profiles[name, default: [:]])
            case .prefixed("sso-session", let name): merge(section, into: &ssoSessions[name, default: [:]])
            case .prefixed("services", let name): merge(section, into: &services[name, default: [:]])
            case .plain("default") where !hidesPlainDefault:
                merge(section, into: &profiles["default", default: [:]])
            default: break
            }
        }
        for section in credentials.sections {
            guard case .plain(let name) = SectionName(section.name) else { continue }
            merge(section, into: &profiles[name, default: [:]])
            if section.properties.contains(where: { $0.name == "aws_access_key_id" }) {
                keysInCredentialsFile.insert(name)
            }
        }
    }

    private func merge(_ section: RawProfileFile.Section, into properties: inout Properties) {
        for property in section.properties where isIdentifier(property.name) {
            properties[property.name] = property.value
        }
    }

    /// The properties nested in a property's value, one per line.
    static func subProperties(_ value: String) -> Properties {
        var properties: Properties = [:]
        for line in value.utf8.split(separator: UInt8(ascii: "\n")) {
            let line = Substring(line)
            guard let equals = line.firstIndex(of: "=") else { continue }
            let name = String(trimmed(line[..<equals])).lowercased()
            properties[name] = String(trimmed(line[line.index(after: equals)...]))
        }
        return properties
    }
}

extension Profiles: CustomStringConvertible, CustomReflectable {
    /// The names only, because some values are secrets.
    package var description: String { profiles.keys.sorted().description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Profiles.File: CustomStringConvertible, CustomReflectable {
    package var description: String { path }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The name between the brackets of a section.
private enum SectionName: Equatable {
    /// `[x]`
    case plain(String)
    /// `[profile x]`
    case prefixed(String, String)
    /// Not a name that AWS allows.
    case invalid

    init(_ text: String) {
        let text = trimmed(Substring(text))
        guard let space = text.firstIndex(where: { $0 == " " || $0 == "\t" }) else {
            self = isIdentifier(String(text)) ? .plain(String(text)) : .invalid
            return
        }
        let name = String(trimmed(text[space...]))
        self = isIdentifier(name) ? .prefixed(String(text[..<space]), name) : .invalid
    }
}

/// Whether the name consists of letters, digits and `-_/.%@:+`.
private func isIdentifier(_ name: String) -> Bool {
    !name.isEmpty
        && name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_/.%@:+".utf8.contains(byte)
            }
        }
}

private func withoutByteOrderMark(_ text: String) -> String {
    text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
}
