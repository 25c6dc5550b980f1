import REST

/// Rows for people, in padded columns. On a narrow terminal columns are dropped or cut, but not names; a pipe gets all.
struct Table: Sendable {
    /// A cell that is safe to show.
    struct Entry: Sendable {
        var text: String
        var tone = Tone.plain
        /// The whole text, if the table shows only its first sentence.
        var whole: String?
    }

    private let headings: [Heading]
    private var rows: [[Entry]] = []

    /// - Parameter spare: the columns that are dropped first on a narrow terminal.
    init(_ headings: Heading..., spare: Set<String> = []) {
        self.init(headings: headings.map { spare.contains($0.title) ? $0.spare : $0 })
    }

    init(headings: [Heading]) { self.headings = headings }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; characters that can't be seen are shown as code points.
    mutating func add(_ cells: String?...) { rows.append(cells.map { Entry(text: safe($0 ?? "–")) }) }

    /// - Parameter nowMs: milliseconds since 1970, the end of ages such as `5m ago`.
    mutating func add(cells: [Cell], nowMs: Int64) { rows.append(cells.map { Entry($0, nowMs: nowMs) }) }

    /// The lines.
    /// - Parameters:
    ///   - width: the terminal's columns; `nil` for no limit.
    ///   - isWide: whether texts are shown with all their sentences.
    func text(width: Int?, style: Style = .plain, isWide: Bool = false) -> String {
        let shown = rows.map { row in
            row.map { isWide ? Entry(text: $0.whole ?? $0.text, tone: $0.tone) : $0 }
        }
        let layout = TableLayout(headings, shown.map { $0.map { $0.text } }, width: width)
        let head = headings.map { Entry(text: $0.title, tone: .heading) }
        return ([head] + shown).map { lines(layout.kept($0), layout, style) }.joined()
    }

    /// One line, or more if a cell that is never cut continues below.
    private func lines(_ row: [Entry], _ layout: TableLayout, _ style: Style) -> String {
        let parts = row.enumerated().map { column, entry in
            layout.parts(of: entry.text, column: column).map { (text: $0, tone: entry.tone) }
        }
        return (0..<(parts.map { $0.count }.max() ?? 0)).map { line in
            let shown = parts.map { $0.indices.contains(line) ? $0[line] : ("", .plain) }
            let last = shown.lastIndex { !$0.text.isEmpty } ?? 0
            return shown.prefix(last + 1).enumerated().map { column, part in
                style.text(part.text, part.tone, width: column == last ? 0 : layout.widths[column])
            }.joined(separator: "  ") + "\n"
        }.joined()
    }
}

extension Table.Entry {
    init(_ cell: Cell, nowMs: Int64) {
        self.init(text: safe(cell.text(nowMs: nowMs) ?? "–"), tone: cell.tone)
        guard case .prose(let text) = cell else { return }
        let (first, whole) = (firstSentence(of: text), onOneLine(text))
        (self.text, self.whole) = (safe(first), safe(whole))
    }
}

/// Names and values, one pair per line; values are never cut.
func details(_ rows: [(String, String?)]) -> String {
    details(rows.map { ($0.0, Cell($0.1)) }, nowMs: 0, style: .plain)
}

/// - Parameter nowMs: milliseconds since 1970, the end of ages such as `5m ago`.
func details(_ rows: [(String, Cell)], nowMs: Int64, style: Style) -> String {
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { name, cell in
        "\(style.text(name, .heading, width: width))  "
            + "\(style.text(cell.text(nowMs: nowMs) ?? "–", cell.tone))\n"
    }.joined()
}
