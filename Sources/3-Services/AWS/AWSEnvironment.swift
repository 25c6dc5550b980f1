import Text

/// The environment variables that matter to AWS. A blank value counts as unset, as it does for every SDK; white space
/// around a value is none of it.
package struct AWSEnvironment: Sendable {
    private let values: [String: String]

    package init(_ values: [String: String]) { self.values = values }

    package subscript(name: String) -> String? {
        guard let value = values[name].map({ OutsideValue.trimmed($0) }), !value.isEmpty else { return nil }
        return value
    }

    /// The variables as they are, for programs that are run.
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
    /// The names alone: some values are secrets.
    package var description: String { values.keys.filter { $0.hasPrefix("AWS_") }.sorted().description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
