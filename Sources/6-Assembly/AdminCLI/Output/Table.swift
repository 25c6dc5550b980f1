import REST

/// Rows for people: columns padded, and cut with … when a terminal is too narrow for them. Never cut in a pipe.
struct Table: Sendable {
    /// A cell that is safe to show.
    private struct Entry: Sendable {
        var text: String
        var tone = Tone.plain
    }

    let columns: [String]
    private let spare: Set<String>
    private var rows: [[Entry]] = []

    /// - Parameter spare: the columns that a terminal goes without when it's too narrow for all.
    init(_ columns: String..., spare: Set<String> = []) { self.init(titles: columns, spare: spare) }

    init(titles: [String], spare: Set<String>) {
        columns = titles
        self.spare = spare
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; what can't be seen in a cell is shown as its code point.
    mutating func add(_ cells: String?...) { rows.append(cells.map { Entry(text: safe($0 ?? "–")) }) }

    /// - Parameter nowMs: milliseconds since 1970, for how long ago something was.
    mutating func add(cells: [Cell], nowMs: Int64) {
        rows.append(cells.map { Entry(text: safe($0.text(nowMs: nowMs) ?? "–"), tone: $0.tone) })
    }

    /// The lines; `width` is the terminal's columns, `nil` for as wide as it gets.
    ///
    /// A terminal that is too narrow doesn't get the columns in which no row says anything, then no seconds, then
    /// no spare columns.
    func text(width: Int?, style: Style = .plain) -> String {
        var all = [columns.map { Entry(text: $0, tone: .heading) }] + rows
        if let width {
            if surplus(of: all, over: width) > 0 {
                all = keeping(all) { column in rows.contains { !["–", ""].contains($0[column].text) } }
            }
            if surplus(of: all, over: width) > 0 {
                all = all.map { row in
                    row.map { Entry(text: withoutSeconds($0.text), tone: $0.tone) }
                }
            }
            if surplus(of: all, over: width) > 0 {
                let names = all[0]
                all = keeping(all) { !spare.contains(names[$0].text) }
            }
        }
        var widths = widths(of: all)
        if let width { narrow(&widths, to: width, sparing: timeColumns(of: all)) }
        return all.map { line($0, widths, style) }.joined()
    }

    private func line(_ row: [Entry], _ widths: [Int], _ style: Style) -> String {
        let last = row.lastIndex { !$0.text.isEmpty } ?? 0
        return row.prefix(last + 1).enumerated().map { column, entry in
            let width = widths[column]
            return style.text(cut(entry.text, to: width), entry.tone, width: column == last ? 0 : width)
        }.joined(separator: "  ") + "\n"
    }

    private func widths(of rows: [[Entry]]) -> [Int] {
        (rows.first ?? []).indices.map { column in rows.map { displayWidth($0[column].text) }.max() ?? 0 }
    }

    private func surplus(of rows: [[Entry]], over width: Int) -> Int {
        let widths = widths(of: rows)
        return widths.reduce(0, +) + 2 * (widths.count - 1) - width
    }

    private func keeping(_ rows: [[Entry]], _ isKept: (Int) -> Bool) -> [[Entry]] {
        guard rows.count > 1 else { return rows }
        let kept = rows[0].indices.filter(isKept)
        return rows.map { row in kept.map { row[$0] } }
    }

    /// A time that is cut says nothing, so others give way first.
    private func timeColumns(of rows: [[Entry]]) -> Set<Int> {
        Set((rows.first ?? []).indices.filter { column in rows.contains { isTime($0[column].text) } })
    }

    /// Takes columns from the widest until all fit, but leaves each 3, and 8 while times may stay whole.
    private func narrow(_ widths: inout [Int], to width: Int, sparing times: Set<Int>) {
        var surplus = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        func take(downTo least: Int, from columns: [Int]) {
            while surplus > 0, let widest = columns.max(by: { widths[$0] < widths[$1] }),
                widths[widest] > least
            {
                widths[widest] -= 1
                surplus -= 1
            }
        }
        take(downTo: 8, from: widths.indices.filter { !times.contains($0) })
        take(downTo: 3, from: Array(widths.indices))
    }
}

/// `2026-11-21 06:36` of `2026-11-21 06:36:47Z`, and every other text as it is.
private func withoutSeconds(_ text: String) -> String {
    isTime(text) && text.hasSuffix("Z") ? String(text.dropLast(4)) : text
}

/// Whether it's a time as tables have them, with or without its seconds.
private func isTime(_ text: String) -> Bool {
    let form: [Character] = Array("0000-00-00 00:00:00Z")
    guard [16, 20].contains(text.count) else { return false }
    return zip(text, form).allSatisfy { $1 == "0" ? ("0"..."9").contains($0) : $0 == $1 }
}

/// Names and values, one pair a line, values never cut.
func details(_ rows: [(String, String?)]) -> String {
    details(rows.map { ($0.0, Cell($0.1)) }, nowMs: 0, style: .plain)
}

/// - Parameter nowMs: milliseconds since 1970, for how long ago something was.
func details(_ rows: [(String, Cell)], nowMs: Int64, style: Style) -> String {
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { name, cell in
        "\(style.text(name, .heading, width: width))  "
            + "\(style.text(cell.text(nowMs: nowMs) ?? "–", cell.tone))\n"
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
