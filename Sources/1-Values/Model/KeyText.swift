/// A bearer key, `mgw_<prefix>_<secret>`: shown once, when it's issued, and never stored.
///
/// It prints as `mgw_<prefix>_…`, so that it can't slip into a log; only `text` gives it away.
package struct KeyText: Sendable, CustomStringConvertible, CustomReflectable {
    /// 8 characters of a–z and 0–9, by which people name the key.
    package let prefix: String
    /// The whole key, for the person who asked for it.
    package let text: String

    package init(prefix: String, text: String) {
        self.prefix = prefix
        self.text = text
    }

    /// The prefix of what somebody presented; `nil` when it doesn't have the form of a key: it may then be any other
    /// secret.
    package static func prefix(ofPresented text: String) -> String? {
        SecretText.prefix(ofPresented: text, word: "mgw")
    }

    package var description: String { "mgw_\(prefix)_…" }
    package var customMirror: Mirror { Mirror(self, children: ["prefix": prefix]) }
}
