package import JSON
import Text

/// The members of arguments that a schema declares, down to three names deep; shapes of arguments consist of them.
///
/// Made once for a definition. A member counts as declared by any part that may apply: also in branches and behind
/// references.
package struct DeclaredMembers: Sendable {
    /// How many names lead to the deepest member.
    static let depthMax = 3
    /// The most members and elements in all; what is beyond counts as undeclared.
    static let placesMax = 64
    /// The most bytes of a member's name, as shapes write it; a longer one counts as undeclared.
    static let nameBytesMax = 128
    /// The most parts of a schema that are read for one place: references may lead to many.
    private static let partsMax = 256

    /// A member, or the elements of an array.
    struct Place: Sendable {
        /// The path as shapes write it.
        let path: String
        let depth: Int
        /// The object that it's a member of; nil for the arguments and for elements.
        var holder: Int?
        /// The members with their names and places.
        var members: [(name: [UInt8], place: Int)] = []
        /// The place of the elements, if it is tracked.
        var elements: Int?
    }

    /// All places; the arguments themselves are the first.
    private(set) var places: [Place]
    /// The places in the order in which shapes list them.
    private(set) var order: [Int] = []

    /// - Parameter inputSchema: the tool's; a value that isn't a schema declares nothing.
    package init(_ inputSchema: JSONValue) {
        places = [Place(path: "", depth: 0)]
        let read = Result { () throws(SchemaFault) in try Schema(reading: inputSchema) }
        guard case .success(let schema) = read else { return }
        collect(SchemaParts(schema))
        order = places.indices.dropFirst().sorted {
            places[$0].path.utf8.lexicographicallyPrecedes(places[$1].path.utf8)
        }
    }

    /// The members that a tool's definition declares, a JSON object with `inputSchema`.
    package init(definition: [UInt8]) {
        let parsed = Result { () throws(JSONError) in try JSONValue(parsing: definition.span) }
        if case .success(let definition) = parsed {
            self.init(definition["inputSchema"] ?? .null)
        } else {
            self.init(.null)
        }
    }

    /// Collects the places in order of their depths, so that the bound leaves out the deepest.
    private mutating func collect(_ schema: SchemaParts) {
        var waiting: [(place: Int, parts: [Int])] = [(0, [0])]
        while !waiting.isEmpty {
            let (place, parts) = waiting.removeFirst()
            let all = Self.applying(parts, schema)
            if places[place].depth < Self.depthMax {
                for (name, parts) in Self.members(of: all, schema) {
                    guard places.count <= Self.placesMax else { return }
                    guard let word = ArgumentShape.escaped(name) else { continue }
                    let path = places[place].path.isEmpty ? word : "\(places[place].path)/\(word)"
                    places[place].members.append((Array(name.utf8), places.count))
                    waiting.append((places.count, parts))
                    places.append(Place(path: path, depth: places[place].depth + 1, holder: place))
                }
            }
            // Of elements of elements, a shape only shows that they are arrays.
            guard place != 0, !places[place].path.hasSuffix("*") else { continue }
            let elements = all.flatMap { part in
                [schema.part(of: part, "items")].compactMap { $0 }
                    + schema.branches("items", of: part) + schema.branches("prefixItems", of: part)
            }
            // If nothing is declared of the elements, their array shows their types.
            guard !elements.isEmpty, !Self.members(of: Self.applying(elements, schema), schema).isEmpty,
                places[place].depth < Self.depthMax, places.count <= Self.placesMax
            else { continue }
            places[place].elements = places.count
            waiting.append((places.count, elements))
            places.append(Place(path: "\(places[place].path)/*", depth: places[place].depth))
        }
    }

    /// These parts, and all parts that may apply where they do.
    static func applying(_ start: [Int], _ schema: SchemaParts) -> [Int] {
        var (found, seen, waiting) = ([Int](), Set(start), start)
        while let part = waiting.popLast(), found.count < partsMax {
            found.append(part)
            var next = schema.references(of: part)
            for keyword in ["allOf", "anyOf", "oneOf"] { next += schema.branches(keyword, of: part) }
            for keyword in ["if", "then", "else"] {
                next += [schema.part(of: part, keyword)].compactMap { $0 }
            }
            for name in schema.object(part)?["dependentSchemas"]?.objectValue?.members.map({ $0.key }) ?? [] {
                next += [schema.part(of: part, "dependentSchemas", name)].compactMap { $0 }
            }
            for part in next where seen.insert(part).inserted { waiting.append(part) }
        }
        return found
    }

    /// The members that any of the parts declares, sorted by name, with their schemas.
    private static func members(of parts: [Int], _ schema: SchemaParts) -> [(String, [Int])] {
        var found: [(String, [Int])] = []
        var known: [String: Int] = [:]
        for part in parts {
            for member in schema.object(part)?["properties"]?.objectValue?.members ?? [] {
                guard let inner = schema.part(of: part, "properties", member.key) else { continue }
                if let index = known[member.key] {
                    found[index].1.append(inner)
                } else {
                    known[member.key] = found.count
                    found.append((member.key, [inner]))
                }
            }
        }
        return found.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    /// Whether shapes show all members of an object at a place, or at least how many more it had.
    /// - Parameter path: as shapes write it; empty for the arguments.
    func tells(_ path: String) -> Bool {
        path.isEmpty || places.contains { $0.path == path && !$0.members.isEmpty }
    }

    /// Whether a member is declared at a place.
    func declares(_ name: String, at path: String) -> Bool {
        places.first { $0.path == path }?.members.contains { $0.name.elementsEqual(name.utf8) } ?? false
    }
}
