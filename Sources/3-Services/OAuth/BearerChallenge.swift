/// Values of `WWW-Authenticate` that tell a client what is missing and where to get it.
///
/// Source: RFC 6750 §3, RFC 9728 §5.1; MCP 2026-07-28, authorization, "Scope Challenge Handling"
package struct BearerChallenge: Sendable {
    /// The URL of this resource's metadata document.
    package let metadataURL: String

    package init(metadataURL: String) { self.metadataURL = metadataURL }

    /// For a request without a credential: no `error`, as nothing was wrong with one.
    package func missing(scopes: [String]) -> String {
        challenge([("scope", scopeText(scopes))])
    }

    /// For a token that isn't accepted, whatever the reason.
    package func invalidToken(scopes: [String], description: String) -> String {
        challenge([
            ("error", "invalid_token"), ("error_description", description), ("scope", scopeText(scopes)),
        ])
    }

    /// For a valid token with too few scopes. `scopes` are all that the request needs, at once.
    package func insufficientScope(scopes: [String], description: String) -> String {
        challenge([
            ("error", "insufficient_scope"), ("scope", scopeText(scopes)), ("error_description", description),
        ])
    }

    private func challenge(_ parameters: [(String, String)]) -> String {
        var out = "Bearer resource_metadata=\(Self.quoted(metadataURL))"
        for (name, value) in parameters where !value.isEmpty { out += ", \(name)=\(Self.quoted(value))" }
        return out
    }

    private func scopeText(_ scopes: [String]) -> String { scopes.joined(separator: " ") }

    /// A quoted-string that holds only what each of these parameters may hold: printable ASCII without quotes and
    /// backslashes. An apostrophe replaces a quote, a `?` any other character. Source: RFC 6750 §3, RFC 9110 §5.6.4
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "'"
            case "\\": out += "?"
            case " "..."~": out.unicodeScalars.append(scalar)
            default: out += "?"
            }
        }
        return out + "\""
    }
}
