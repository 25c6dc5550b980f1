import Text

/// The environment variables that matter to AWS. White space around a value is removed, and a blank value counts as
/// unset, as for every SDK.
package struct AWSEnvironment: Sendable {
    private let values: [String: String]

    package init(_ values: [String: String]) { self.values = values }

    package subscript(name: String) -> String? {
        guard let value = values[name].map({ OutsideValue.trimmed($0) }), !value.isEmpty else { return nil }
        return value
    }

    /// All variables with their values unchanged, to pass to child processes.
    var all: [String: String] { values }

    /// Whether the variable says `true`, in any case.
    func isTrue(_ name: String) -> Bool { self[name]?.lowercased() == "true" }

    /// `AWS_CONFIG_FILE`, else `~/.aws/config`; `nil` without a home.
    package var configPath: String? { path("AWS_CONFIG_FILE", "config") }

    /// `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`; `nil` without a home.
    package var credentialsPath: String? { path("AWS_SHARED_CREDENTIALS_FILE", "credentials") }

    private func path(_ name: String, _ file: String) -> String? {
        guard let given = self[name] else { return self["HOME"].map { "\($0)/.aws/\(file)" } }
        if given.hasPrefix("~/"), let home = self["HOME"] { return home + given.dropFirst() }
        return given
    }
}

extension AWSEnvironment: CustomStringConvertible, CustomReflectable {
    /// The names only, because some values are secrets.
    package var description: String { values.keys.filter { $0.hasPrefix("AWS_") }.sorted().description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
