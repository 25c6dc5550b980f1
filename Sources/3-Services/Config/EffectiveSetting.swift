/// One setting as it is in force, for `config show`: its value as TOML and where that came from.
package struct EffectiveSetting: Sendable, Equatable {
    package enum Origin: Sendable, Equatable, CustomStringConvertible {
        case builtIn
        case file(path: String, line: Int)
        case environment(name: String)
        /// The file refers to an environment variable, as secrets must.
        case reference(path: String, line: Int, name: String)

        /// `default`, `gateway.toml:12`, `env NAME` or `gateway.toml:12 (env NAME)`.
        package var description: String {
            switch self {
            case .builtIn: "default"
            case .file(let path, let line): "\(path):\(line)"
            case .environment(let name): "env \(name)"
            case .reference(let path, let line, let name): "\(path):\(line) (env \(name))"
            }
        }
    }

    /// The section's name; `environment` for the variables that no section has.
    package let section: String
    package let key: String
    /// The value in TOML's spelling, `"<redacted>"` for a secret, `nil` for a setting that is not set.
    package let value: String?
    package let origin: Origin
}
