/// Rows for people: columns padded, and cut with … when a terminal is too narrow for them. Never cut in a pipe.
struct Table: Sendable {
    let columns: [String]
    private(set) var rows: [[String]] = []

    init(_ columns: String...) { self.columns = columns }

    /// Adds a row; what can't be seen in a cell is shown as its code point.
    mutating func add(_ cells: String?...) { rows.append(cells.map { safe($0 ?? "–") }) }

    /// The lines; `width` is the terminal's columns, `nil` for as wide as it gets.
    ///
    /// A terminal that is too narrow doesn't get the columns in which no row says anything.
    func text(width: Int?) -> String {
        var all = [columns] + rows
        if let width, !rows.isEmpty, widths(of: all).reduce(0, +) + 2 * (columns.count - 1) > width {
            let shown = columns.indices.filter { column in rows.contains { !["–", ""].contains($0[column]) } }
            all = all.map { row in shown.map { row[$0] } }
        }
        var widths = widths(of: all)
        if let width { narrow(&widths, to: width) }
        return all.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cut(cell, to: widths[column])
                    : padded(cut(cell, to: widths[column]), to: widths[column])
            }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private func widths(of rows: [[String]]) -> [Int] {
        (rows.first ?? []).indices.map { column in rows.map { displayWidth($0[column]) }.max() ?? 0 }
    }

    /// Takes columns from the widest until all fit, but leaves each 3.
    private func narrow(_ widths: inout [Int], to width: Int) {
        var surplus = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while surplus > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > 3
        {
            widths[widest] -= 1
            surplus -= 1
        }
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - displayWidth(text)))
    }
}

/// Names and values, one pair a line, values never cut.
func details(_ rows: [(String, String?)]) -> String {
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { name, value in
        "\(name)\(String(repeating: " ", count: width - name.count))  \(safe(value ?? "–"))\n"
    }.joined()
}

/// The text in at most `width` columns, … at its end when something was cut off.
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

/// How many columns of a terminal the text takes.
func displayWidth(_ text: String) -> Int { text.reduce(0) { $0 + displayWidth($1) } }

/// Source: Unicode Standard Annex 11, the blocks that are wide throughout.
private func displayWidth(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        return 2
    default: return 1
    }
}
