/// A bearer token for the admin API, `mgwa_<prefix>_<secret>`: shown once, when it's issued, and never stored.
///
/// It prints as `mgwa_<prefix>_…`, so that it can't slip into a log; only `text` gives it away.
package struct AdminTokenText: Sendable, CustomStringConvertible, CustomReflectable {
    /// 8 characters of a–z and 0–9.
    package let prefix: String
    /// The whole token, for the person who asked for it.
    package let text: String

    package init(prefix: String, text: String) {
        self.prefix = prefix
        self.text = text
    }

    /// The prefix of what somebody presented; `nil` when it doesn't have the form of an admin token.
    package static func prefix(ofPresented text: String) -> String? {
        SecretText.prefix(ofPresented: text, word: "mgwa")
    }

    package var description: String { "mgwa_\(prefix)_…" }
    package var customMirror: Mirror { Mirror(self, children: ["prefix": prefix]) }
}
