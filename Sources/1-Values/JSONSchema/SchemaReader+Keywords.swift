import JSON
import Text

extension SchemaReader {
    /// Checks a keyword's value, and notes the schemas in it.
    mutating func check(_ place: Place, _ form: KeywordForm) throws(SchemaFault) {
        switch form {
        case .schema: places.append(place)
        case .schemas: try visit(try elements(of: place), place)
        case .schemaOrSchemas:
            if let elements = place.value.arrayValue {
                try visit(elements, place)
            } else {
                places.append(place)
            }
        case .schemaMap: visit(try members(of: place), place)
        case .patternMap:
            let members = try members(of: place)
            for member in members { try checkPattern(member.key, place) }
            visit(members, place)
        case .namesOrSchemaMap:
            for member in try members(of: place) {
                let inside = self.inside(place, member)
                if member.value.arrayValue == nil { places.append(inside) } else { try checkNames(inside) }
            }
        case .namesMap: for member in try members(of: place) { try checkNames(inside(place, member)) }
        case .names: try checkNames(place)
        case .types: try checkTypes(place)
        case .choices:
            if try elements(of: place).isEmpty { throw fault(place.pointer, "must not be empty") }
        case .text: try require(place.value.stringValue != nil, place, "a string")
        case .flag: try require(place.value.boolValue != nil, place, "true or false")
        case .pattern:
            guard let pattern = place.value.stringValue else {
                throw fault(place.pointer, "must be a string")
            }
            try checkPattern(pattern, place)
        case .number: try require(number(place) != nil, place, "a number")
        case .positiveNumber:
            try require(number(place).map { $0.sign > 0 } ?? false, place, "a number above zero")
        case .count:
            let isCount = number(place).map { $0.isInteger && $0.sign >= 0 } ?? false
            try require(isCount, place, "a whole number from zero")
        case .unsupported: throw fault(place.pointer, "belongs to draft 4, which clients refuse; use $id")
        }
    }

    private func require(_ holds: Bool, _ place: Place, _ wanted: String) throws(SchemaFault) {
        if !holds { throw fault(place.pointer, "must be \(wanted)") }
    }

    private func number(_ place: Place) -> NumberSign? {
        guard case .number(let spelling) = place.value else { return nil }
        return NumberSign(spelling)
    }

    private func elements(of place: Place) throws(SchemaFault) -> [JSONValue] {
        guard let elements = place.value.arrayValue else { throw fault(place.pointer, "must be an array") }
        return elements
    }

    private func members(of place: Place) throws(SchemaFault) -> [JSONObject.Member] {
        guard let object = place.value.objectValue else { throw fault(place.pointer, "must be an object") }
        return object.members
    }

    private func inside(_ place: Place, _ member: JSONObject.Member) -> Place {
        Place(
            value: member.value,
            pointer: "\(place.pointer)/\(JSONPointer.escaped(member.key))",
            base: place.base
        )
    }

    private mutating func visit(_ members: [JSONObject.Member], _ place: Place) {
        // `places` is read from its end, so that the first member is checked first and its fault is the one reported.
        for member in members.reversed() { places.append(inside(place, member)) }
    }

    private mutating func visit(_ elements: [JSONValue], _ place: Place) throws(SchemaFault) {
        for (index, element) in elements.enumerated().reversed() {
            places.append(Place(value: element, pointer: "\(place.pointer)/\(index)", base: place.base))
        }
    }

    private func checkNames(_ place: Place) throws(SchemaFault) {
        guard try elements(of: place).allSatisfy({ $0.stringValue != nil }) else {
            throw fault(place.pointer, "must be an array of strings")
        }
    }

    private func checkTypes(_ place: Place) throws(SchemaFault) {
        for type in place.value.arrayValue ?? [place.value] {
            guard let word = type.stringValue else {
                throw fault(place.pointer, "must be a string or an array of strings")
            }
            guard KeywordForm.typeWords.contains(word) else {
                throw fault(
                    place.pointer,
                    "must be one of \(KeywordForm.typeWords.sorted().joined(separator: ", ")), and is \(quoted(word))"
                )
            }
        }
    }

    private func checkPattern(_ pattern: String, _ place: Place) throws(SchemaFault) {
        do throws(PatternFault) {
            try ECMAScriptPattern.check(pattern)
        } catch {
            throw fault(
                place.pointer,
                "holds \(quoted(pattern)), which is not an ECMAScript pattern: \(error)"
            )
        }
    }
}

/// What keywords need to know of a number: its sign, and whether it has a fraction.
private struct NumberSign {
    let sign: Int
    let isInteger: Bool

    init?(_ spelling: String) {
        guard let number = JSONNumber(spelling.utf8.span, at: 0..<spelling.utf8.count) else { return nil }
        isInteger = number.isInteger
        // Zero has only zero digits, whatever its exponent.
        let digits = spelling.utf8.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        let isZero = digits.allSatisfy { !(UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
        sign = isZero ? 0 : spelling.utf8.first == UInt8(ascii: "-") ? -1 : 1
    }
}
