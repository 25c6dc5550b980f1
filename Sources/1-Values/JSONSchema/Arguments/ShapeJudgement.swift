import JSON

/// One check of a shape against a schema's rules. See `SchemaFit`.
///
/// Source: https://json-schema.org/draft/2020-12/json-schema-validation
struct ShapeJudgement {
    /// The most parts of schemas that may lead into each other, references among them.
    private static let depthMax = 32
    /// The most parts that are checked in all: branches within branches multiply.
    private static let stepsMax = 10_000

    let fit: SchemaFit
    let shape: ArgumentShape
    private var steps = 0

    init(_ fit: SchemaFit, _ shape: ArgumentShape) {
        self.fit = fit
        self.shape = shape
    }

    mutating func judge(part: Int, at place: ShapePlace, depth: Int) -> FitFindings {
        var findings = FitFindings()
        steps += 1
        guard depth < Self.depthMax, steps < Self.stepsMax else {
            findings.open.insert(rule(place, "$ref"))
            return findings
        }
        if fit.schema.parts[part].value.boolValue == false {
            findings.refused.insert(rule(place, "false"))
            return findings
        }
        guard let object = fit.schema.object(part) else { return findings }
        for reference in fit.schema.references(of: part) {
            findings += judge(part: reference, at: place, depth: depth + 1)
        }
        judgeTypes(object, place, &findings)
        judgeValues(object, place, &findings)
        judgeMembers(object, part, place, depth, &findings)
        judgeElements(object, part, place, depth, &findings)
        judgeBranches(object, part, place, depth, &findings)
        return findings
    }

    func rule(_ place: ShapePlace, _ keyword: String) -> SchemaFit.Rule {
        SchemaFit.Rule(path: place.path, keyword: keyword)
    }

    // MARK: types and values

    private func judgeTypes(_ object: JSONObject, _ place: ShapePlace, _ findings: inout FitFindings) {
        guard let type = object["type"] else { return }
        var allowed: ArgumentShape.Kinds = []
        for word in type.arrayValue ?? [type] {
            guard let kind = word.stringValue.flatMap({ ArgumentShape.Kind(word: $0) }) else { continue }
            allowed.insert(.of(kind))
            if kind == .number { allowed.insert(.of(.integer)) }
        }
        if object["nullable"]?.boolValue == true { allowed.insert(.of(.null)) }
        if !place.kinds.isSubset(of: allowed) { findings.refused.insert(rule(place, "type")) }
    }

    /// Judges the rules that depend on values and differ from those before.
    private func judgeValues(_ object: JSONObject, _ place: ShapePlace, _ findings: inout FitFindings) {
        for member in object.members {
            let (keyword, value) = (member.key, member.value)
            switch keyword {
            case "enum", "const":
                let values = keyword == "enum" ? value.arrayValue ?? [] : [value]
                let kinds = values.reduce(into: ArgumentShape.Kinds()) { $0.formUnion($1.shapeKinds) }
                if !place.kinds.isSubset(of: kinds) {
                    findings.refused.insert(rule(place, keyword))
                } else if place.kinds != .of(.null) {
                    open(keyword, value, place, &findings)
                }
            case "pattern", "format", "minLength", "maxLength", "contentEncoding", "contentMediaType":
                if place.kinds.contains(.of(.string)) { open(keyword, value, place, &findings) }
            case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
                if !place.kinds.isDisjoint(with: [.of(.number), .of(.integer)]) {
                    open(keyword, value, place, &findings)
                }
            case "minItems" where place.elements.isEmpty && place.kinds == .of(.array):
                // A shape shows when an array had no elements.
                if value.intValue ?? 0 > 0, !shape.isCut { findings.refused.insert(rule(place, keyword)) }
            case "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains":
                if place.kinds.contains(.of(.array)), !place.elements.isEmpty {
                    open(keyword, value, place, &findings)
                }
            case "minProperties", "maxProperties", "propertyNames":
                if place.kinds.contains(.of(.object)) { open(keyword, value, place, &findings) }
            default: break
            }
        }
    }

    func open(
        _ keyword: String,
        _ value: JSONValue,
        _ place: ShapePlace,
        _ findings: inout FitFindings
    ) {
        if !fit.isOld(keyword, value, at: place.path) { findings.open.insert(rule(place, keyword)) }
    }

    // MARK: elements

    private mutating func judgeElements(
        _ object: JSONObject,
        _ part: Int,
        _ place: ShapePlace,
        _ depth: Int,
        _ findings: inout FitFindings
    ) {
        guard place.kinds.contains(.of(.array)), !place.elements.isEmpty else { return }
        let first = fit.schema.branches("prefixItems", of: part) + fit.schema.branches("items", of: part)
        if !first.isEmpty {
            // A shape doesn't show which element is at which position.
            let keyword = object["prefixItems"] == nil ? "items" : "prefixItems"
            open(keyword, object[keyword] ?? .null, place, &findings)
            return
        }
        guard let items = fit.schema.part(of: part, "items") else { return }
        let path = place.path.isEmpty ? "*" : "\(place.path)/*"
        findings += judge(part: items, at: ShapePlace(path: path, kinds: place.elements), depth: depth + 1)
    }

    // MARK: branches

    private mutating func judgeBranches(
        _ object: JSONObject,
        _ part: Int,
        _ place: ShapePlace,
        _ depth: Int,
        _ findings: inout FitFindings
    ) {
        for branch in fit.schema.branches("allOf", of: part) {
            findings += judge(part: branch, at: place, depth: depth + 1)
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = fit.schema.branches(keyword, of: part)
            guard !branches.isEmpty else { continue }
            let all = branches.map { judge(part: $0, at: place, depth: depth + 1) }
            let possible = all.filter { $0.refused.isEmpty }
            if possible.isEmpty {
                findings.refused.insert(rule(place, keyword))
            } else if !(possible.contains { $0.open.isEmpty } && (keyword == "anyOf" || possible.count == 1))
            {
                open(keyword, object[keyword] ?? .null, place, &findings)
            }
        }
        if let not = fit.schema.part(of: part, "not") {
            let inner = judge(part: not, at: place, depth: depth + 1)
            if inner.isClean {
                findings.refused.insert(rule(place, "not"))
            } else if inner.refused.isEmpty {
                open("not", object["not"] ?? .null, place, &findings)
            }
        }
        judgeCondition(object, part, place, depth, &findings)
    }

    private mutating func judgeCondition(
        _ object: JSONObject,
        _ part: Int,
        _ place: ShapePlace,
        _ depth: Int,
        _ findings: inout FitFindings
    ) {
        guard let condition = fit.schema.part(of: part, "if") else { return }
        let answer = judge(part: condition, at: place, depth: depth + 1)
        let yes = fit.schema.part(of: part, "then").map { judge(part: $0, at: place, depth: depth + 1) }
        let no = fit.schema.part(of: part, "else").map { judge(part: $0, at: place, depth: depth + 1) }
        if answer.isClean {
            findings += yes ?? FitFindings()
        } else if !answer.refused.isEmpty {
            findings += no ?? FitFindings()
        } else if !(yes ?? FitFindings()).isClean || !(no ?? FitFindings()).isClean {
            if !(yes?.refused ?? []).isEmpty, !(no?.refused ?? []).isEmpty {
                findings.refused.insert(rule(place, "if"))
            } else {
                findings.open.insert(rule(place, "if"))
            }
        }
    }
}

extension JSONValue {
    /// The types that a shape could show for such a value.
    fileprivate var shapeKinds: ArgumentShape.Kinds {
        switch self {
        case .null: .of(.null)
        case .bool: .of(.boolean)
        case .string: .of(.string)
        case .array: .of(.array)
        case .object: .of(.object)
        case .number(let spelling):
            .of(
                JSONNumber(spelling.utf8.span, at: 0..<spelling.utf8.count)?.isInteger == true
                    ? .integer : .number
            )
        }
    }
}
