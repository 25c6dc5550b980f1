import JSON

/// One value for people; whoever shows it sees to it that it's safe to show.
package enum Cell: Sendable, Equatable {
    case nothing
    case text(String)
    /// Some sentences, of which tables show the first.
    case prose(String)
    /// How something stands, such as `failing`, and what to think of it.
    case state(Tone, String)
    /// Milliseconds since 1970.
    case moment(Int64)
    /// The same, shown as how long ago it was.
    case age(Int64)

    package init(_ text: String?) { self = text.map { .text($0) } ?? .nothing }

    /// Texts one after the other; nothing when there are none.
    package init(_ texts: [String], separator: String = " ") {
        self = texts.isEmpty ? .nothing : .text(texts.joined(separator: separator))
    }

    /// What stands in place of nothing.
    package func or(_ other: @autoclosure () -> Cell) -> Cell { self == .nothing ? other() : self }
}

/// What a text says beside its words. On a terminal it has a colour, elsewhere none, so the words say it too.
package enum Tone: Sendable, Equatable {
    case plain
    /// All is well: `ok`, `active`.
    case good
    /// Somebody has to do something: `failing`, `refused`.
    case bad
    /// Something waits or ends soon: `pending`.
    case waiting
    /// Of less interest than what is around it: `disabled`.
    case quiet
    case heading
    /// A line of a diff.
    case added, removed
}

extension Member {
    /// The member of an answer, for people.
    func cell(_ answer: JSONValue) -> Cell {
        switch answer[name] {
        case .string(let text): return .text(text)
        case .number(let spelling):
            guard display == .moment, let moment = answer[name]?.intValue else { return .text(spelling) }
            return .moment(Int64(moment))
        case .array(let elements): return Cell(elements.compactMap { $0.stringValue })
        case .bool(let truth): return .text(truth ? "yes" : "no")
        default: return .nothing
        }
    }
}
