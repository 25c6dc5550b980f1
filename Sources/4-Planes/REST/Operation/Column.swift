/// A column of a table, or a line of details.
package struct Column<F: Form>: Sendable {
    package private(set) var heading: Heading
    package let cell: @Sendable (Answer<F>) -> Cell
    package init(_ title: String, _ cell: @escaping @Sendable (Answer<F>) -> Cell) {
        heading = Heading(title)
        self.cell = cell
    }

    /// A column with the member as it is: a text, a number, a time, or texts one after the other.
    package init<Value>(_ title: String, _ member: KeyPath<F, Member<F.Record, Value>>) {
        let member = F()[keyPath: member]
        self.init(title) { member.cell($0.json) }
    }

    /// A column with a time, shown as how long ago it was.
    package static func age(_ title: String, _ member: KeyPath<F, Member<F.Record, Int64?>>) -> Column {
        let member = F()[keyPath: member]
        return Column(title) { member.read($0.json).map { .age($0) } ?? .nothing }
    }

    /// A column with a state, one word; `tones` has the tone of each word. Other words are plain.
    package static func state(
        _ title: String,
        _ member: KeyPath<F, Member<F.Record, String>>,
        _ tones: [String: Tone]
    ) -> Column {
        let member = F()[keyPath: member]
        return Column(title) { answer in
            let word = member.read(answer.json)
            return .state(tones[word] ?? .plain, word)
        }
    }

    /// A column with a text of several sentences, such as a description: tables show the first.
    package static func prose(_ title: String, _ member: KeyPath<F, Member<F.Record, String?>>) -> Column {
        let member = F()[keyPath: member]
        return Column(title) { member.read($0.json).map { .prose($0) } ?? .nothing }
    }

    /// The same column, left out first on a terminal that is too narrow for all columns.
    package var spare: Column { with(heading.spare) }

    /// The same column, never cut: for a name or number that people copy.
    package var whole: Column { with(heading.whole) }

    package func yields(_ rank: Heading.Rank) -> Column { with(heading.yields(rank)) }

    /// The same column for a form that has all members of this one.
    package func of<Whole: Form>(_ whole: Whole.Type) -> Column<Whole> {
        Column<Whole>(heading.title) { [cell] in cell(Answer($0.json)) }.with(heading)
    }

    private func with(_ heading: Heading) -> Column {
        var column = self
        column.heading = heading
        return column
    }
}
