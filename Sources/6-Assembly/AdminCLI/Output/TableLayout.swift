import REST

/// Decides which columns of a table are shown, and how wide each is.
///
/// When the terminal is too narrow for all, columns that are empty in every row go first, then the seconds of times,
/// then the columns of the lowest rank: these are cut, and left out if that isn't enough. The first column, and other
/// columns that must stay whole, are never cut. If they alone are too wide, their texts continue on the next line.
struct TableLayout {
    /// The widths of the shown columns.
    private(set) var widths: [Int]
    /// The indices of the shown columns among all columns.
    private let shown: [Int]
    private let ranks: [Heading.Rank]
    private let hasSeconds: Bool

    private static let gap = 2

    /// - Parameter width: the terminal's columns; `nil` for no limit.
    init(_ headings: [Heading], _ rows: [[String]], width: Int?) {
        var columns = headings.indices.map { Column(headings[$0], $0, rows) }
        var hasSeconds = true
        if let width, !Self.fit(columns, width) {
            columns.removeAll { $0.isEmpty && !rows.isEmpty && $0.place > 0 }
            if !Self.fit(columns, width) {
                hasSeconds = false
                for index in columns.indices { columns[index].dropSeconds() }
            }
            Self.leaveOut(&columns, width)
            Self.narrow(&columns, width)
        }
        widths = columns.map { $0.width }
        shown = columns.map { $0.place }
        ranks = columns.map { $0.rank }
        self.hasSeconds = hasSeconds
    }

    /// The cells of a row that are shown.
    func kept<Cell>(_ cells: [Cell]) -> [Cell] { shown.map { cells[$0] } }

    /// The lines that a text takes in one of the shown columns.
    func parts(of text: String, column: Int) -> [String] {
        let text = hasSeconds ? text : withoutSeconds(text)
        guard displayWidth(text) > widths[column] else { return [text] }
        return ranks[column] == .never ? broken(text, to: widths[column]) : [cut(text, to: widths[column])]
    }

    private struct Column {
        let place: Int
        let rank: Heading.Rank
        let isSpare: Bool
        let isEmpty: Bool
        var width: Int
        /// Times are never cut in the middle.
        let isTime: Bool
        private var shortWidth: Int

        init(_ heading: Heading, _ place: Int, _ rows: [[String]]) {
            let texts = rows.map { $0[place] }
            let title = displayWidth(heading.title)
            self.place = place
            rank = place == 0 ? .never : heading.rank
            isSpare = heading.isSpare
            isEmpty = texts.allSatisfy { ["–", ""].contains($0) }
            width = max(title, texts.map { displayWidth($0) }.max() ?? 0)
            isTime = texts.contains { isTimeText($0) }
            shortWidth = max(title, texts.map { displayWidth(withoutSeconds($0)) }.max() ?? 0)
        }

        mutating func dropSeconds() { width = shortWidth }

        /// The width that it keeps while other columns can be left out instead.
        var leastWidth: Int {
            if isTime { return width }
            return switch rank {
            case .first: min(width, 16)
            case .second: min(width, 12)
            case .third: min(width, 8)
            case .last, .never: width
            }
        }
    }

    private static func fit(_ columns: [Column], _ width: Int) -> Bool {
        total(columns.map { $0.width }) <= width
    }

    private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) }

    private static func leaveOut(_ columns: inout [Column], _ width: Int) {
        func least() -> Int { total(columns.map { $0.leastWidth }) }
        while least() > width, let spare = columns.lastIndex(where: { $0.isSpare }) {
            columns.remove(at: spare)
        }
        for rank in [Heading.Rank.first, .second, .third] {
            while least() > width, let index = columns.lastIndex(where: { $0.rank == rank }) {
                columns.remove(at: index)
            }
        }
    }

    private static func narrow(_ columns: inout [Column], _ width: Int) {
        var surplus = total(columns.map { $0.width }) - width
        func take(down least: (Column) -> Int, where isMeant: (Column) -> Bool) {
            while surplus > 0 {
                let wide = columns.indices.filter {
                    isMeant(columns[$0]) && columns[$0].width > least(columns[$0])
                }
                guard let widest = wide.max(by: { columns[$0].width < columns[$1].width }) else { return }
                columns[widest].width -= 1
                surplus -= 1
            }
        }
        for rank in [Heading.Rank.first, .second, .third] {
            take(down: { $0.leastWidth }) { $0.rank == rank }
        }
        take(down: { _ in 8 }) { $0.rank == .last && !$0.isTime }
        take(down: { _ in 16 }) { $0.rank == .never }
        take(down: { _ in 3 }) { _ in true }
    }
}

/// `2026-11-21 06:36` of `2026-11-21 06:36:47Z`, and every other text as it is.
private func withoutSeconds(_ text: String) -> String {
    isTimeText(text) && text.hasSuffix("Z") ? String(text.dropLast(4)) : text
}

/// Whether it's a time in the form that tables use, with or without seconds.
private func isTimeText(_ text: String) -> Bool {
    let form: [Character] = Array("0000-00-00 00:00:00Z")
    guard [16, 20].contains(text.count) else { return false }
    return zip(text, form).allSatisfy { $1 == "0" ? ("0"..."9").contains($0) : $0 == $1 }
}
