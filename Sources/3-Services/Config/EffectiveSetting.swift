import Bytes

/// One setting in force, for `config show`: its value as TOML, and its origin.
package struct EffectiveSetting: Sendable, Equatable {
    package enum Origin: Sendable, Equatable, CustomStringConvertible {
        case builtIn
        case file(path: String, line: Int)
        case environment(name: String)
        /// The file refers to an environment variable, as secrets must, or to a value kept at AWS. `name` is the text
        /// to show.
        case reference(path: String, line: Int, name: String)

        /// `default`, `gateway.toml:12`, `env NAME`, `gateway.toml:12 (env NAME)` or `gateway.toml:12 (aws:ssm:PATH)`.
        package var description: String {
            switch self {
            case .builtIn: "default"
            case .file(let path, let line): "\(path):\(line)"
            case .environment(let name): "env \(name)"
            case .reference(let path, let line, let name): "\(path):\(line) (\(name))"
            }
        }
    }

    /// The section's name; `environment` for variables that belong to no section.
    package let section: String
    package let key: String
    /// The value in TOML's spelling, `"<redacted>"` for a secret, `nil` for a setting that is not set.
    package let value: String?
    package let origin: Origin
    /// The value that `value` doesn't show, for comparisons.
    var hidden: Secret?

    package init(section: String, key: String, value: String?, origin: Origin) {
        self.section = section
        self.key = key
        self.value = value
        self.origin = origin
    }
}
