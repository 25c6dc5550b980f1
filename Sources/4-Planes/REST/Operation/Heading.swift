/// The heading of a column, and when the column is cut or left out if there isn't room for all.
package struct Heading: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The order in which columns are cut, and then left out.
    package enum Rank: Int, Sendable, Comparable {
        /// Descriptions and errors.
        case first
        /// Details about the thing, such as its function.
        case second
        /// Settings of few words.
        case third
        /// Cut only when there is nothing else to cut, and never left out.
        case last
        /// Never cut, because people copy it: a name, an id. It continues on the next line if there isn't room.
        case never

        package static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    package let title: String
    package private(set) var rank = Rank.last
    /// Whether the column is left out first on a terminal that is too narrow for all.
    package private(set) var isSpare = false

    package init(_ title: String) { self.title = title }

    package init(stringLiteral title: String) { self.init(title) }

    package func yields(_ rank: Rank) -> Heading {
        var heading = self
        heading.rank = rank
        return heading
    }

    package var whole: Heading { yields(.never) }

    package var spare: Heading {
        var heading = self
        heading.isSpare = true
        return heading
    }
}
