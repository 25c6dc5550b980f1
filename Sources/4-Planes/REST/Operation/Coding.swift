package import JSON

/// The JSON form of a Swift type's values: their schema, and how they are written and read.
package struct Coding<Value: Sendable>: Sendable {
    package var schema: Schema
    package let write: @Sendable (Value) -> JSONValue
    /// Returns nil for JSON of another kind; throws for a value that its own grammar refuses.
    package let read: @Sendable (JSONValue) throws(Problem) -> Value?
    /// How the value is shown to people.
    package var display = Display.plain

    package init(
        _ schema: Schema,
        write: @escaping @Sendable (Value) -> JSONValue,
        read: @escaping @Sendable (JSONValue) throws(Problem) -> Value?
    ) {
        self.schema = schema
        self.write = write
        self.read = read
    }

    /// The same value with another description in the OpenAPI document.
    package func described(_ summary: String) -> Coding {
        var coding = self
        coding.schema.summary = summary
        return coding
    }

    /// The coding of another type that has the same JSON form.
    package func map<Other: Sendable>(
        write: @escaping @Sendable (Other) -> Value,
        read: @escaping @Sendable (Value) throws(Problem) -> Other?
    ) -> Coding<Other> {
        let base = self
        var coding = Coding<Other>(
            schema,
            write: { base.write(write($0)) },
            read: { json throws(Problem) in
                guard let value = try base.read(json) else { return nil }
                return try read(value)
            }
        )
        coding.display = display
        return coding
    }
}

/// How a value is shown to people.
package enum Display: Sendable {
    /// As a text.
    case plain
    /// As a date and time.
    case moment
}

extension Coding where Value == String {
    package static func text(
        _ lengths: ClosedRange<Int> = 0...4_194_304,
        pattern: String? = nil,
        _ summary: String? = nil
    ) -> Coding {
        Coding(
            .string(lengths, pattern: pattern, summary),
            write: { .string($0) },
            read: { json throws(Problem) in json.stringValue }
        )
    }

    package static var text: Coding { text() }

    /// One of these words, which no Swift type lists.
    package static func oneOf(_ words: [String], _ summary: String? = nil) -> Coding {
        Coding(
            .oneOf(words, summary),
            write: { .string($0) },
            read: { json throws(Problem) in json.stringValue }
        )
    }
}

extension Coding where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// The words of an enumeration.
    package static func words(of type: Value.Type, _ summary: String? = nil) -> Coding {
        Coding(
            .oneOf(Value.allCases.map { $0.rawValue }, summary),
            write: { .string($0.rawValue) },
            read: { json throws(Problem) in json.stringValue.flatMap { Value(rawValue: $0) } }
        )
    }
}

extension Coding where Value == Int64 {
    package static func integer(
        _ range: ClosedRange<Int> = 0...JSONInteger.max,
        _ summary: String? = nil
    ) -> Coding {
        Coding(
            .integer(range, summary),
            write: { .number(String($0)) },
            read: { json throws(Problem) in json.intValue.map { Int64($0) } }
        )
    }

    package static var integer: Coding { integer() }
}

extension Coding where Value == Int {
    package static func count(
        _ range: ClosedRange<Int> = 0...JSONInteger.max,
        _ summary: String? = nil
    ) -> Coding {
        Coding(
            .integer(range, summary),
            write: { .int($0) },
            read: { json throws(Problem) in json.intValue }
        )
    }

    package static var count: Coding { count() }
}

extension Coding where Value == Bool {
    package static func truth(_ summary: String? = nil) -> Coding {
        Coding(
            .boolean(summary),
            write: { .bool($0) },
            read: { json throws(Problem) in json.boolValue }
        )
    }

    package static var truth: Coding { truth() }
}

extension Coding where Value == JSONValue {
    /// Any JSON.
    package static var any: Coding {
        Coding(.any, write: { $0 }, read: { json throws(Problem) in json })
    }
}

extension Coding where Value == [String: String] {
    /// Names and texts; written in order of the names.
    package static func texts(_ text: Schema, max: Int, _ summary: String? = nil) -> Coding {
        Coding(
            .map(text, max: max, summary),
            write: { texts in
                .object(JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
            },
            read: { json throws(Problem) in
                json.objectValue.map { object in
                    Dictionary(
                        object.members.map { ($0.key, $0.value.stringValue ?? "") },
                        uniquingKeysWith: { first, _ in first }
                    )
                }
            }
        )
    }
}

extension Coding where Value == [String: Int] {
    /// Names and whole numbers; written in order of the names.
    package static func counts(_ range: ClosedRange<Int>, max: Int, _ summary: String? = nil) -> Coding {
        Coding(
            .map(.integer(range), max: max, summary),
            write: { counts in
                .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
            },
            read: { json throws(Problem) in
                json.objectValue.map { object in
                    Dictionary(
                        object.members.map { ($0.key, $0.value.intValue ?? 0) },
                        uniquingKeysWith: { first, _ in first }
                    )
                }
            }
        )
    }
}

extension Coding {
    package static func list<Element: Sendable>(
        _ element: Coding<Element>,
        max: Int = 1_000_000,
        _ summary: String? = nil
    ) -> Coding where Value == [Element] {
        Coding(
            .array(element.schema, max: max, summary),
            write: { .array($0.map(element.write)) },
            read: { json throws(Problem) in
                guard let elements = json.arrayValue else { return nil }
                var values: [Element] = []
                for json in elements { if let value = try element.read(json) { values.append(value) } }
                return values
            }
        )
    }
}

extension Coding where Value == String {
    /// The words of an enumeration, as texts.
    package static func word<Words: RawRepresentable & CaseIterable>(
        of type: Words.Type,
        _ summary: String? = nil
    ) -> Coding where Words.RawValue == String {
        .oneOf(type.allCases.map { $0.rawValue }, summary)
    }
}
