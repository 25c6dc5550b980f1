/// The rules for a JSON value: checks values, and describes itself in the OpenAPI document.
///
/// It covers the part of JSON Schema that the APIs need. The grammars of names and patterns are checked elsewhere;
/// `pattern` is only for readers of the document.
package struct Schema: Sendable {
    package indirect enum Shape: Sendable {
        case any
        case boolean
        case integer(ClosedRange<Int>)
        /// Lengths are in Unicode code points, as JSON Schema counts.
        case string(lengths: ClosedRange<Int>, pattern: String?)
        case oneOf([String])
        case array(of: Schema, countMax: Int)
        /// An object with any names, whose values have one schema.
        case map(of: Schema, countMax: Int)
        /// These members and no others.
        case object([Member])
        /// A named schema of the API's components.
        case reference(String)
    }

    package struct Member: Sendable {
        package let name: String
        package let schema: Schema
        package let isRequired: Bool
    }

    package var shape: Shape
    package var isNullable = false
    package var summary: String?

    package init(_ shape: Shape, _ summary: String? = nil) {
        self.shape = shape
        self.summary = summary
    }
}

/// Short forms, so that a route reads like a table.
extension Schema {
    package static let any = Schema(.any)

    package static func boolean(_ summary: String? = nil) -> Schema { Schema(.boolean, summary) }

    package static func integer(
        _ range: ClosedRange<Int> = 0...JSONInteger.max,
        _ summary: String? = nil
    ) -> Schema {
        Schema(.integer(range), summary)
    }

    package static func string(
        _ lengths: ClosedRange<Int> = 0...4_194_304,
        pattern: String? = nil,
        _ summary: String? = nil
    ) -> Schema {
        Schema(.string(lengths: lengths, pattern: pattern), summary)
    }

    package static func oneOf(_ words: [String], _ summary: String? = nil) -> Schema {
        Schema(.oneOf(words), summary)
    }

    package static func array(_ element: Schema, max: Int = 1_000_000, _ summary: String? = nil) -> Schema {
        Schema(.array(of: element, countMax: max), summary)
    }

    package static func map(_ value: Schema, max: Int, _ summary: String? = nil) -> Schema {
        Schema(.map(of: value, countMax: max), summary)
    }

    package static func reference(_ name: String) -> Schema { Schema(.reference(name)) }

    package static func object(_ members: [Member], _ summary: String? = nil) -> Schema {
        Schema(.object(members), summary)
    }

    /// The same schema, also allowing `null`.
    package var orNull: Schema {
        var schema = self
        schema.isNullable = true
        return schema
    }
}

extension Schema.Member {
    package static func required(_ name: String, _ schema: Schema) -> Schema.Member {
        Schema.Member(name: name, schema: schema, isRequired: true)
    }

    package static func optional(_ name: String, _ schema: Schema) -> Schema.Member {
        Schema.Member(name: name, schema: schema, isRequired: false)
    }
}

/// The range of integers that every JSON reader keeps exact. Source: RFC 8259 §6
package enum JSONInteger {
    package static let max = 9_007_199_254_740_991
}
