// TOML: configuration files as a tree of values that remember where they stood.
//
//   Depends on   CTOML (toml++ behind a C interface)
//   Used by      Config
//   Start at     TOMLDocument.init(parsing:)

/// Where something stands in a document, counted from 1; 0 when unknown.
package struct TOMLLocation: Sendable, Equatable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// Why a document was refused. `message` never quotes more of the document than a key or a character.
package struct TOMLError: Error, Equatable, CustomStringConvertible {
    package let location: TOMLLocation
    package let message: String

    package var description: String { "line \(location.line), column \(location.column): \(message)" }
}

/// One value with its place and its path, such as `agents.listen` or `local.command[2]`.
package struct TOMLValue: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case string(String)
        case integer(Int64)
        case float(Double)
        case boolean(Bool)
        /// A date, a time or both, as RFC 3339 text.
        case dateTime(String)
        case array([TOMLValue])
        case table(TOMLTable)
    }

    package let content: Content
    package let path: String
    package let location: TOMLLocation

    /// What the value is, in words for a message: `a string`, `an integer`.
    package var kindInWords: String {
        switch content {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a decimal number"
        case .boolean: "a boolean"
        case .dateTime: "a date or time"
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// A table's members, in the order in which they stand in the document.
package struct TOMLTable: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let key: String
        /// Where the key stands; the value's own place is `value.location`.
        package let location: TOMLLocation
        package let value: TOMLValue
    }

    package let members: [Member]

    package init(members: [Member] = []) { self.members = members }

    /// The member of that name. O(members).
    package func member(_ key: String) -> Member? { members.first { $0.key == key } }

    package subscript(_ key: String) -> TOMLValue? { member(key)?.value }
}
