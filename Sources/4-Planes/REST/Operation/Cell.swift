import JSON

/// One value for people. The code that shows it makes it safe to show.
package enum Cell: Sendable, Equatable {
    case nothing
    case text(String)
    /// Sentences, of which tables show the first.
    case prose(String)
    /// The state of something, such as `failing`, and its tone.
    case state(Tone, String)
    /// Milliseconds since 1970.
    case moment(Int64)
    /// Milliseconds since 1970, shown as how long ago that was.
    case age(Int64)

    package init(_ text: String?) { self = text.map { .text($0) } ?? .nothing }

    /// Texts one after the other; `.nothing` when there are none.
    package init(_ texts: [String], separator: String = " ") {
        self = texts.isEmpty ? .nothing : .text(texts.joined(separator: separator))
    }

    /// This cell, or the other one in place of `.nothing`.
    package func or(_ other: @autoclosure () -> Cell) -> Cell { self == .nothing ? other() : self }
}

/// The tone of a text. It is a colour on a terminal and nothing elsewhere, so the words must say the same.
package enum Tone: Sendable, Equatable {
    case plain
    /// All is well: `ok`, `active`.
    case good
    /// Somebody has to do something: `failing`, `refused`.
    case bad
    /// Something waits or ends soon: `pending`.
    case waiting
    /// Less interesting than its neighbours: `disabled`.
    case quiet
    case heading
    /// A line of a diff.
    case added, removed
}

extension Member {
    /// The member's value in an answer, for people.
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
