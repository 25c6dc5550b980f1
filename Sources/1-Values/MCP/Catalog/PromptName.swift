import Text

/// The grammar of prompts' names. Wider than that of tools, as no model provider reads them: people choose them in a menu.
package enum PromptName {
    /// What is wrong with a target's own name for a prompt, after "must"; nil when it may be listed.
    package static func fault(_ name: String) -> String? {
        guard (1...EntryDefinition.promptNameBytesMax).contains(name.utf8.count) else {
            return "have 1 to \(EntryDefinition.promptNameBytesMax) bytes"
        }
        guard HiddenCharacters.first(in: name) == nil, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else {
            return "hold no character that can't be seen"
        }
        guard name.utf8.first != 0x20, name.utf8.last != 0x20 else { return "not begin or end with a space" }
        return nil
    }
}
