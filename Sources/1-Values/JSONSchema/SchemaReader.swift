import JSON

/// Walks a schema once: checks the keywords, finds the schemas inside, and notes names and references.
///
/// Iterative, so that no depth exhausts a stack.
struct SchemaReader {
    /// A schema that is still to be read.
    struct Place {
        let value: JSONValue
        let pointer: String
        /// The URI against which its relative references are resolved; its fragment is `nil`.
        let base: URIReference
    }

    struct Reference {
        enum Keyword: String { case plain = "$ref", dynamic = "$dynamicRef", recursive = "$recursiveRef" }

        let part: Int
        let keyword: Keyword
        let target: URIReference
        let text: String
    }

    var parts: [Schema.Part] = []
    /// For each part, the URI against which relative references inside it are resolved.
    var bases: [URIReference] = []
    /// Indexes in `parts` by JSON Pointer from the root.
    var indexes: [String: Int] = [:]
    /// Indexes of schemas with a URI of their own, by that URI; the root also has the empty URI.
    var resources: [String: Int] = [:]
    /// Indexes of named schemas, by their URI with the name as its fragment.
    var anchors: [String: Int] = [:]
    var places: [Place] = []
    var references: [Reference] = []

    init(root: JSONValue) {
        places = [Place(value: root, pointer: "", base: URIReference(""))]
    }

    mutating func read() throws(SchemaFault) -> [Schema.Part] {
        repeat {
            while let place = places.popLast() { try look(at: place) }
            // Names may be defined after their use, and the target of a reference may hold more names and references.
            let found = references
            references = []
            for reference in found { try resolve(reference) }
        } while !places.isEmpty || !references.isEmpty
        return parts
    }

    mutating func look(at place: Place) throws(SchemaFault) {
        guard indexes[place.pointer] == nil else { return }
        let index = parts.count
        indexes[place.pointer] = index
        parts.append(Schema.Part(pointer: place.pointer, value: place.value))
        bases.append(place.base)
        switch place.value {
        case .bool: if index == 0 { resources[""] = 0 }
        case .object(let object):
            let base = try identify(object, index, place)
            bases[index] = base
            try checkNullable(object, place)
            for member in object.members {
                guard let form = KeywordForm(member.key) else { continue }
                let inside = Place(
                    value: member.value,
                    pointer: "\(place.pointer)/\(JSONPointer.escaped(member.key))",
                    base: base
                )
                try check(inside, form)
                note(member, index, base)
            }
        default: throw fault(place.pointer, "must be a schema: an object, true or false")
        }
    }

    /// Notes `$id` and the anchors. Returns the base URI for what is inside.
    private mutating func identify(
        _ object: JSONObject,
        _ index: Int,
        _ place: Place
    ) throws(SchemaFault) -> URIReference {
        var base = place.base
        if let id = object["$id"]?.stringValue {
            let own = URIReference(id)
            if own.isFragmentAlone {
                try name(own.fragment ?? "", index, base, at: "\(place.pointer)/$id")
            } else {
                base = own.resolved(against: place.base).withoutFragment
                if let other = resources[base.text], other != index, index != 0 {
                    throw fault("\(place.pointer)/$id", "is the $id of another schema too")
                }
                resources[base.text] = index
            }
        }
        if index == 0 { resources[""] = 0 }
        let isRecursive = object["$recursiveAnchor"]?.boolValue == true
        if isRecursive, resources[base.text] == nil { resources[base.text] = index }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let anchor = object[keyword]?.stringValue {
                try name(anchor, index, base, at: "\(place.pointer)/\(keyword)")
            }
        }
        return base
    }

    private mutating func name(
        _ anchor: String,
        _ index: Int,
        _ base: URIReference,
        at pointer: String
    ) throws(SchemaFault) {
        let first = anchor.utf8.first.map { isLetter($0) || $0 == UInt8(ascii: "_") } ?? false
        guard first, anchor.utf8.allSatisfy({ isLetter($0) || $0 &- 0x30 < 10 || "_-.".utf8.contains($0) })
        else {
            throw fault(pointer, "must be a letter, then letters, digits, hyphens, underscores and dots")
        }
        let uri = "\(base.text)#\(anchor)"
        guard anchors.updateValue(index, forKey: uri).map({ $0 == index }) ?? true else {
            throw fault(pointer, "names two schemas")
        }
    }

    private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    private mutating func note(_ member: JSONObject.Member, _ index: Int, _ base: URIReference) {
        guard let keyword = Reference.Keyword(rawValue: member.key), let text = member.value.stringValue
        else {
            return
        }
        references.append(
            Reference(
                part: index,
                keyword: keyword,
                target: URIReference(text).resolved(against: base),
                text: text
            )
        )
    }

    /// Source: Ajv 8, `getSchemaTypes`.
    private func checkNullable(_ object: JSONObject, _ place: Place) throws(SchemaFault) {
        guard let isNullable = object["nullable"]?.boolValue else { return }
        let types = object["type"].map { $0.arrayValue ?? [$0] } ?? []
        if types.isEmpty { throw fault("\(place.pointer)/nullable", "can't be used without type") }
        if !isNullable, types.contains(.string("null")) {
            throw fault("\(place.pointer)/nullable", "is false, but type has null")
        }
    }

    func fault(_ pointer: String, _ reason: String) -> SchemaFault {
        SchemaFault(path: JSONPointer.tokens(pointer).joined(separator: "."), reason: reason)
    }
}
