package import JSON

/// A value that was made to fit its shape.
package struct Shaped: Sendable {
    package internal(set) var value: JSONValue
    /// Members that were left out because they can't be valid; members that were null are not among them.
    package internal(set) var leftOut: [LeftOutMember] = []
    /// Whether `value` differs from the given one: something was left out, was null, or is written in another way.
    package internal(set) var isChanged = false
}

extension Shape {
    /// Gives `value` this shape. Linear; the depth is bounded by the shape's.
    ///
    /// `path` is the path to `value`, and begins the paths that are reported.
    /// - Throws: the first fault that isn't inside an optional member.
    package func fit(_ value: JSONValue, path: String = "") throws(ShapeFault) -> Shaped {
        var fitting = Fitting()
        let fitted = try fitting.fit(value, to: self, path)
        return Shaped(value: fitted, leftOut: fitting.leftOut, isChanged: fitting.isChanged)
    }
}

private struct Fitting {
    var leftOut: [LeftOutMember] = []
    var isChanged = false

    mutating func fit(_ value: JSONValue, to shape: Shape, _ path: String) throws(ShapeFault) -> JSONValue {
        switch (shape, value) {
        case (.any, _), (.text, .string), (.bool, .bool), (.schema, .object): return value
        case (.word(let words), .string(let text)) where words.contains(text): return value
        case (.formatted(let format), .string(let text)) where format.accepts(text): return value
        case (.number(let range), .number):
            if let number = value.doubleValue, range.contains(number) { return value }
        case (.integer, .number) where value.intValue != nil: return value
        case (.object(let shape), .object(let object)):
            return .object(try fit(object, to: shape, path))
        case (.map(let shape), .object(let object)):
            return .object(try fit(object, toMapOf: shape, path))
        case (.list(let shape), .array(let elements)):
            var fitted: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                fitted.append(try fit(element, to: shape, "\(path)[\(index)]"))
            }
            return .array(fitted)
        case (.schema, .bool(let isAllowed)):
            isChanged = true
            return isAllowed ? [:] : ["not": [:]]
        // PHP writes an empty object like this.
        case (.object, .array([])), (.map, .array([])), (.schema, .array([])):
            isChanged = true
            return try fit([:], to: shape, path)
        default: break
        }
        throw ShapeFault(member: path, reason: "must be \(shape.wanted)")
    }

    private mutating func fit(
        _ object: JSONObject,
        to shape: ObjectShape,
        _ path: String
    ) throws(ShapeFault) -> JSONObject {
        for member in shape.members where member.need == .required && object[member.name]?.isNull ?? true {
            throw ShapeFault(
                member: join(path, member.name),
                reason: "is missing; it must be \(member.shape.wanted)"
            )
        }
        var fitted: [(String, JSONValue)] = []
        for member in object.members {
            let known = shape.member(member.key)
            if member.value.isNull, known != nil || !shape.keepsOtherNulls {
                isChanged = true
                continue
            }
            guard let known else {
                fitted.append((member.key, member.value))
                continue
            }
            let leftOutBefore = leftOut.count
            do throws(ShapeFault) {
                fitted.append((member.key, try fit(member.value, to: known.shape, join(path, member.key))))
            } catch {
                if known.need != .optional { throw error }
                // The whole member is gone, and with it what was left out inside.
                leftOut.removeSubrange(leftOutBefore...)
                leftOut.append(
                    LeftOutMember(
                        member: join(path, member.key),
                        reason: reason(error, join(path, member.key))
                    )
                )
                isChanged = true
            }
        }
        return JSONObject(fitted)
    }

    private mutating func fit(
        _ object: JSONObject,
        toMapOf shape: Shape,
        _ path: String
    ) throws(ShapeFault) -> JSONObject {
        if case .any = shape { return object }
        var fitted: [(String, JSONValue)] = []
        for member in object.members {
            if member.value.isNull {
                isChanged = true
            } else {
                fitted.append((member.key, try fit(member.value, to: shape, join(path, member.key))))
            }
        }
        return JSONObject(fitted)
    }

    /// The reason alone when the member itself is wrong, otherwise with the place inside it.
    private func reason(_ fault: ShapeFault, _ member: String) -> String {
        fault.member == member ? fault.reason : "can't be served: \(fault.description)"
    }

    private func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

extension Shape {
    /// What a value must be, as the text after "must be".
    fileprivate var wanted: String {
        switch self {
        case .any: "a value"
        case .text: "a string"
        case .formatted(let format): format.wanted
        case .word(let words): "one of " + words.joined(separator: ", ")
        case .bool: "true or false"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .integer: "a whole number"
        case .object, .map: "an object"
        case .list(let shape): "a list, each element \(shape.wanted)"
        case .schema: "a schema"
        }
    }
}
