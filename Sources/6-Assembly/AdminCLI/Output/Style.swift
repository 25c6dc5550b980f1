import REST

/// The look of text: in colours on a terminal that supports them, plain everywhere else.
///
/// The only escape sequences are those of the program's own tones: every text is made safe first.
struct Style: Sendable, Equatable {
    static let plain = Style(isColoured: false)

    let isColoured: Bool

    init(isColoured: Bool) { self.isColoured = isColoured }

    /// - Parameter isTerminal: whether a person reads the output.
    /// Source: https://no-color.org
    init(isTerminal: Bool, environment: [String: String]) {
        let wantsNone = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        isColoured = isTerminal && !wantsNone
    }

    /// The text, safe to show, in the look of its tone.
    func text(_ text: String, _ tone: Tone) -> String { painted(safe(text), tone) }

    /// The text followed by spaces up to `width` columns; the spaces stay plain.
    func text(_ text: String, _ tone: Tone, width: Int) -> String {
        let shown = safe(text)
        return painted(shown, tone) + String(repeating: " ", count: max(0, width - displayWidth(shown)))
    }

    func heading(_ text: String) -> String { self.text(text, .heading) }

    /// A diff of several lines, each in the tone of its first character.
    func diff(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let tone: Tone = line.hasPrefix("+") ? .added : line.hasPrefix("-") ? .removed : .plain
            return painted(safeLines(String(line)), tone)
        }.joined(separator: "\n")
    }

    private func painted(_ safeText: String, _ tone: Tone) -> String {
        guard isColoured, let code = Self.code(tone), !safeText.isEmpty else { return safeText }
        return "\u{1B}[\(code)m\(safeText)\u{1B}[0m"
    }

    /// Source: ECMA-48 §8.3.117, SGR
    private static func code(_ tone: Tone) -> String? {
        switch tone {
        case .plain: nil
        case .good, .added: "32"
        case .bad, .removed: "31"
        case .waiting: "33"
        case .quiet: "2"
        case .heading: "1"
        }
    }
}
