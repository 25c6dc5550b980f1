import JSON
import Text

extension SchemaReader {
    /// Finds the part that a reference leads to; reads it if it isn't one yet.
    mutating func resolve(_ reference: Reference) throws(SchemaFault) {
        let place = "\(parts[reference.part].pointer)/\(JSONPointer.escaped(reference.keyword.rawValue))"
        guard let resource = resources[reference.target.withoutFragment.text] else {
            throw fault(
                place,
                "refers to another document, \(quoted(reference.text)); only references inside the schema are followed"
            )
        }
        let fragment = reference.target.fragment ?? ""
        let part: Int?
        if fragment.isEmpty {
            part = resource
        } else if fragment.utf8.first == UInt8(ascii: "/") {
            part = try follow(fragment, from: resource)
        } else {
            part = anchors["\(reference.target.withoutFragment.text)#\(fragment)"]
        }
        guard let part else { throw fault(place, "leads nowhere: \(quoted(reference.text))") }
        switch reference.keyword {
        case .plain, .recursive: parts[reference.part].reference = part
        case .dynamic: parts[reference.part].dynamicReference = part
        }
    }

    /// The part that a JSON Pointer leads to, from the root of a resource; `nil` when it leads nowhere.
    private mutating func follow(_ pointer: String, from resource: Int) throws(SchemaFault) -> Int? {
        var value = parts[resource].value
        var path = parts[resource].pointer
        for token in JSONPointer.tokens(pointer) {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = JSONPointer.index(token), index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
            path += "/\(JSONPointer.escaped(token))"
        }
        if let known = indexes[path] { return known }
        // A value that no keyword makes a schema becomes one because something refers to it.
        places.append(Place(value: value, pointer: path, base: bases[resource]))
        while let place = places.popLast() { try look(at: place) }
        return indexes[path]
    }
}
