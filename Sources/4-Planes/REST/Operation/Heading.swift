/// The head of a column, and what becomes of the column where there isn't room for all.
package struct Heading: Sendable, Equatable, ExpressibleByStringLiteral {
    /// Which columns are cut, and then left out, before which.
    package enum Rank: Int, Sendable, Comparable {
        /// Descriptions and errors.
        case first
        /// What says more about the thing, such as its function.
        case second
        /// Settings of few words.
        case third
        /// Cut when there is nothing else to cut, and never left out.
        case last
        /// Never cut, because one copies it: a name, an id. Goes on below where there isn't room.
        case never

        package static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    package let title: String
    package private(set) var rank = Rank.last
    /// Whether a terminal that is too narrow for all goes without it, before it goes without any other.
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
