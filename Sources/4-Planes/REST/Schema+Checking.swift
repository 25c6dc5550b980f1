package import JSON

extension Schema {
    /// Named schemas that others refer to.
    package typealias Components = [String: Schema]

    /// The first `APIBounds.faultsMax` faults of a value.
    /// - Parameters:
    ///   - value: a member of the body, or a parameter.
    ///   - place: the value's place, e.g. `/title`.
    ///   - components: the named schemas that references mean.
    package func faults(in value: JSONValue, at place: String, _ components: Components = [:]) -> [Problem
        .Fault]
    {
        var faults: [Problem.Fault] = []
        collect(value, place, components, &faults)
        return Array(faults.prefix(APIBounds.faultsMax))
    }

    private func collect(
        _ value: JSONValue,
        _ place: String,
        _ components: Components,
        _ faults: inout [Problem.Fault]
    ) {
        guard faults.count < APIBounds.faultsMax, !(value.isNull && isNullable) else { return }
        switch (shape, value) {
        case (.any, _), (.boolean, .bool): return
        case (.integer(let range), .number):
            guard let number = value.intValue else { break }
            if !range.contains(number) {
                faults.append(
                    .init(place, "is \(number); \(range.lowerBound) to \(range.upperBound) is allowed")
                )
            }
            return
        case (.string(let lengths, _), .string(let text)):
            let length = text.unicodeScalars.count
            if !lengths.contains(length) {
                let bounds = "\(lengths.lowerBound) to \(lengths.upperBound)"
                faults.append(.init(place, "has \(length) characters; \(bounds) are allowed"))
            }
            return
        case (.oneOf(let words), .string(let text)):
            if !words.contains(where: { $0.utf8.elementsEqual(text.utf8) }) {
                faults.append(.init(place, "must be one of \(words.joined(separator: ", "))"))
            }
            return
        case (.array(let element, let countMax), .array(let elements)):
            if elements.count > countMax {
                faults.append(.init(place, "has \(elements.count) elements; \(countMax) are allowed"))
                return
            }
            for (index, value) in elements.enumerated() {
                element.collect(value, "\(place)/\(index)", components, &faults)
            }
            return
        case (.map(let schema, let countMax), .object(let object)):
            if object.count > countMax {
                faults.append(.init(place, "has \(object.count) members; \(countMax) are allowed"))
                return
            }
            for member in object.members {
                schema.collect(member.value, pointer(place, member.key), components, &faults)
            }
            return
        case (.object(let members), .object(let object)):
            collect(object, members, place, components, &faults)
            return
        case (.reference(let name), _):
            // A name without a schema is a mistake in the routes: then no value fits.
            guard let schema = components[name] else { break }
            schema.collect(value, place, components, &faults)
            return
        default: break
        }
        faults.append(.init(place, "is \(kindText(of: value)); \(kindText) is wanted"))
    }

    private func collect(
        _ object: JSONObject,
        _ members: [Member],
        _ place: String,
        _ components: Components,
        _ faults: inout [Problem.Fault]
    ) {
        for member in object.members where faults.count < APIBounds.faultsMax {
            let place = pointer(place, member.key)
            guard let known = members.first(where: { $0.name.utf8.elementsEqual(member.key.utf8) }) else {
                let names = members.map { $0.name }.joined(separator: ", ")
                faults.append(.init(place, "is unknown here; known: \(names.isEmpty ? "none" : names)"))
                continue
            }
            known.schema.collect(member.value, place, components, &faults)
        }
        for member in members where member.isRequired && object[member.name] == nil {
            guard faults.count < APIBounds.faultsMax else { return }
            faults.append(.init(pointer(place, member.name), "is missing"))
        }
    }

    /// Source: RFC 6901. The name is cut, because it comes from the client.
    private func pointer(_ place: String, _ name: String) -> String {
        "\(place)/\(JSONPointer.escaped(String(name.unicodeScalars.prefix(64))))"
    }

    private var kindText: String {
        let text =
            switch shape {
            case .any: "any value"
            case .boolean: "true or false"
            case .integer: "an integer"
            case .string, .oneOf: "a string"
            case .array: "an array"
            case .map, .object: "an object"
            case .reference(let name): "a \(name)"
            }
        return isNullable ? "\(text) or null" : text
    }

    private func kindText(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
