/// A text for people, such as `"revoked key \(key.prefix)"`. The code that shows it makes its values safe to show.
package struct Sentence: Sendable, ExpressibleByStringInterpolation {
    package enum Part: Sendable, Equatable {
        /// The program's own words.
        case words(String)
        /// A text from outside, which must be made safe before it is shown.
        case value(String)
        /// Milliseconds since 1970.
        case moment(Int64)
    }

    package private(set) var parts: [Part]

    package init(stringLiteral words: String) { parts = [.words(words)] }

    package init(stringInterpolation interpolation: StringInterpolation) { parts = interpolation.parts }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { parts.append(.words(literal)) }

        package mutating func appendInterpolation(_ value: String) { parts.append(.value(value)) }

        package mutating func appendInterpolation(_ value: some BinaryInteger) {
            parts.append(.words("\(value)"))
        }

        package mutating func appendInterpolation(moment: Int64) { parts.append(.moment(moment)) }

        package mutating func appendInterpolation(_ sentence: Sentence) { parts += sentence.parts }

        /// Appends nothing for nil.
        package mutating func appendInterpolation(_ sentence: Sentence?) { parts += sentence?.parts ?? [] }
    }
}
