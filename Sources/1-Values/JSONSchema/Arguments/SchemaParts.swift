import JSON

/// The parts of a schema by their pointers, for code that follows keywords.
struct SchemaParts: Sendable {
    let parts: [Schema.Part]
    private let indexes: [String: Int]

    init(_ schema: Schema) {
        parts = schema.parts
        indexes = Dictionary(
            schema.parts.enumerated().map { ($0.element.pointer, $0.offset) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The part at a keyword of another one, such as `properties`, `city`; nil when there is none.
    func part(of part: Int, _ names: String...) -> Int? {
        indexes[parts[part].pointer + names.map { "/" + JSONPointer.escaped($0) }.joined()]
    }

    func object(_ part: Int) -> JSONObject? { parts[part].value.objectValue }

    /// The parts in a keyword's list of schemas.
    func branches(_ keyword: String, of part: Int) -> [Int] {
        guard let count = object(part)?[keyword]?.arrayValue?.count else { return [] }
        return (0..<count).compactMap { self.part(of: part, keyword, "\($0)") }
    }

    /// The parts that a part refers to.
    func references(of part: Int) -> [Int] {
        [parts[part].reference, parts[part].dynamicReference].compactMap { $0 }
    }
}
