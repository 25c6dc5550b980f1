import MCP

/// Texts that others may begin with. Immutable; asking costs the logarithm of their number, whatever they are.
struct Beginnings {
    /// In the order of their bytes. None begins as another does.
    private let texts: [String]

    init(_ texts: some Sequence<String>) {
        var kept: [String] = []
        for text in texts.sorted(by: { $0.utf8Precedes($1) }) {
            if let last = kept.last, text.utf8.starts(with: last.utf8) { continue }
            kept.append(text)
        }
        self.texts = kept
    }

    /// Whether the text begins with one of these.
    func begin(_ text: String) -> Bool {
        // What stood between a text's beginning and the text would begin in the same way, and isn't kept.
        var (low, high) = (0, texts.count)
        while low < high {
            let middle = (low + high) / 2
            if text.utf8Precedes(texts[middle]) { high = middle } else { low = middle + 1 }
        }
        return low > 0 && text.utf8.starts(with: texts[low - 1].utf8)
    }
}
