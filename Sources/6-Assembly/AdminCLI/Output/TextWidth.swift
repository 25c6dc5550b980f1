// Measures the columns that text takes on a terminal, and fits text into them.

/// The text in at most `width` columns, with … at its end if it was cut.
func cut(_ text: String, to width: Int) -> String {
    guard displayWidth(text) > width else { return text }
    var result = ""
    var used = 1
    for character in text {
        used += displayWidth(character)
        if used > width { break }
        result.append(character)
    }
    return result + "…"
}

/// The whole text in lines of at most `width` columns. A line breaks after a `_`, `-`, `/`, `:`, `.` or space in its
/// last third.
func broken(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    var line: [Character] = []
    var used = 0
    for character in text {
        let next = displayWidth(character)
        if used + next > width, !line.isEmpty {
            let mark = line.lastIndex { "_-/:. ".contains($0) } ?? 0
            let end = mark >= line.count * 2 / 3 ? mark + 1 : line.count
            lines.append(String(line[..<end]))
            line.removeFirst(end)
            used = line.reduce(0) { $0 + displayWidth($1) }
        }
        line.append(character)
        used += next
    }
    return lines + [String(line)]
}

/// The words in lines of at most `width` columns; a longer word gets its own line. Each line but the first begins with
/// `indent` spaces, which count.
func wrapped(_ text: String, to width: Int, indent: Int = 0) -> String {
    folded(text.split { $0.isWhitespace }.map { String($0) }, to: width, indent: indent)
}

/// Folds parts that are never split into lines, as `wrapped` does with words.
func folded(_ parts: [String], to width: Int, indent: Int) -> String {
    var lines: [String] = []
    var line = ""
    for part in parts {
        if line.isEmpty {
            line = part
        } else if displayWidth(line) + 1 + displayWidth(part) <= width {
            line += " " + part
        } else {
            lines.append(line)
            line = String(repeating: " ", count: indent) + part
        }
    }
    return (lines + [line]).joined(separator: "\n")
}

/// The text with each run of white space as one space.
func onOneLine(_ text: String) -> String {
    text.split { $0.isWhitespace }.joined(separator: " ")
}

/// The first sentence, on one line: up to a full stop before a word that begins a sentence, or up to an empty line.
func firstSentence(of text: String) -> String {
    var paragraph: [Substring] = []
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: { $0.isNewline }) {
        let isBlank = line.allSatisfy { $0.isWhitespace }
        if isBlank, !paragraph.isEmpty { break }
        if !isBlank { paragraph.append(line) }
    }
    let words = onOneLine(paragraph.joined(separator: " ")).split(separator: " ")
    for (index, word) in words.enumerated() where index + 1 < words.count {
        let isEnd =
            word.last.map { ".!?。".contains($0) } == true && !abbreviations.contains(word.lowercased())
        if isEnd, words[index + 1].first?.isLowercase == false {
            return words[...index].joined(separator: " ")
        }
    }
    return words.joined(separator: " ")
}

private let abbreviations: Set<String> = ["e.g.", "i.e.", "cf.", "vs.", "no.", "approx.", "(e.g.", "(i.e."]

/// The columns that the text takes on a terminal.
func displayWidth(_ text: String) -> Int { text.reduce(0) { $0 + displayWidth($1) } }

/// Source: Unicode Standard Annex 11, the blocks that are wide throughout.
func displayWidth(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        return 2
    default: return 1
    }
}
