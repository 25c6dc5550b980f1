/// A column of a table, or a line of details.
package struct Column<F: Form>: Sendable {
    package let title: String
    package let cell: @Sendable (Answer<F>) -> Cell
    /// Whether a terminal that is too narrow for all goes without it.
    package private(set) var isSpare = false

    package init(_ title: String, _ cell: @escaping @Sendable (Answer<F>) -> Cell) {
        self.title = title
        self.cell = cell
    }

    /// The member as it is: a text, a number, a moment, or texts one after the other.
    package init<Value>(_ title: String, _ member: KeyPath<F, Member<F.Record, Value>>) {
        let member = F()[keyPath: member]
        self.init(title) { member.cell($0.json) }
    }

    /// A moment, as how long ago it was.
    package static func age(_ title: String, _ member: KeyPath<F, Member<F.Record, Int64?>>) -> Column {
        let member = F()[keyPath: member]
        return Column(title) { member.read($0.json).map { .age($0) } ?? .nothing }
    }

    /// How something stands, a word; `tones` says what to think of each. A word that isn't there is plain.
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

    package var spare: Column {
        var column = self
        column.isSpare = true
        return column
    }
}
