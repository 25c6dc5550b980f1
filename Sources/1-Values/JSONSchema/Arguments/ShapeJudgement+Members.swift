import JSON

extension ShapeJudgement {
    /// Whether an object had a member.
    private enum Presence {
        case there(ArgumentShape.Member)
        case missing
        /// It may be one of the undeclared members, or wasn't recorded.
        case unknown
    }

    private func presence(of name: String, at place: ShapePlace) -> Presence {
        guard let path = place.path(of: name) else { return .unknown }
        if let member = shape.member(at: path) { return .there(member) }
        guard !shape.isCut, fit.before.tells(place.path) else { return .unknown }
        if fit.before.declares(name, at: place.path) { return .missing }
        return shape.extras[place.path] == nil ? .missing : .unknown
    }

    mutating func judgeMembers(
        _ object: JSONObject,
        _ part: Int,
        _ place: ShapePlace,
        _ depth: Int,
        _ findings: inout FitFindings
    ) {
        guard place.kinds.contains(.of(.object)) else { return }
        for name in object["required"]?.arrayValue ?? [] {
            require(name.stringValue ?? "", "required", of: place, &findings)
        }
        for member in object["properties"]?.objectValue?.members ?? [] {
            guard let inner = fit.schema.part(of: part, "properties", member.key),
                case .there(let found) = presence(of: member.key, at: place)
            else { continue }
            let innerPlace = ShapePlace(path: found.path, kinds: found.kinds, elements: found.elements)
            findings += judge(part: inner, at: innerPlace, depth: depth + 1)
        }
        for keyword in ["dependentRequired", "dependencies", "dependentSchemas"] {
            for member in object[keyword]?.objectValue?.members ?? [] {
                judgeDependency(keyword, member, part, place, depth, &findings)
            }
        }
        judgeFurther("additionalProperties", object, part, place, depth, named: [part], &findings)
        if object["unevaluatedProperties"] != nil {
            let parts = DeclaredMembers.applying([part], fit.schema)
            judgeFurther("unevaluatedProperties", object, part, place, depth, named: parts, &findings)
        }
    }

    private func require(
        _ name: String,
        _ keyword: String,
        of place: ShapePlace,
        _ findings: inout FitFindings
    ) {
        let path = place.path(of: name) ?? place.path
        let rule = SchemaFit.Rule(path: path, keyword: keyword)
        switch presence(of: name, at: place) {
        case .there(let member): if member.isMissingInSome { findings.refused.insert(rule) }
        case .missing: findings.refused.insert(rule)
        case .unknown: findings.open.insert(rule)
        }
    }

    private mutating func judgeDependency(
        _ keyword: String,
        _ member: JSONObject.Member,
        _ part: Int,
        _ place: ShapePlace,
        _ depth: Int,
        _ findings: inout FitFindings
    ) {
        var below = FitFindings()
        if let names = member.value.arrayValue {
            for name in names { require(name.stringValue ?? "", keyword, of: place, &below) }
        } else if let inner = fit.schema.part(of: part, keyword, member.key) {
            below = judge(part: inner, at: place, depth: depth + 1)
        }
        switch presence(of: member.key, at: place) {
        case .missing: return
        // If only some elements have it, those may have what it depends on.
        case .there(let found) where !found.isMissingInSome: findings += below
        case .there, .unknown:
            if !below.isClean {
                open(keyword, .object(JSONObject([(member.key, member.value)])), place, &findings)
            }
        }
    }

    /// Judges the members that the schema doesn't name.
    /// - Parameter named: the parts whose `properties` name members.
    private mutating func judgeFurther(
        _ keyword: String,
        _ object: JSONObject,
        _ part: Int,
        _ place: ShapePlace,
        _ depth: Int,
        named: [Int],
        _ findings: inout FitFindings
    ) {
        guard let further = fit.schema.part(of: part, keyword), let value = object[keyword],
            value.boolValue != true, value.objectValue?.isEmpty != true
        else { return }
        let names = Set(
            named.flatMap { part in
                (fit.schema.object(part)?["properties"]?.objectValue?.members ?? []).compactMap {
                    place.path(of: $0.key)
                }
            }
        )
        let hasPatterns = named.contains {
            fit.schema.object($0)?["patternProperties"]?.objectValue?.isEmpty == false
        }
        let start = place.path.isEmpty ? "" : place.path + "/"
        for member in shape.members where member.path.hasPrefix(start) && !names.contains(member.path) {
            guard !member.path.dropFirst(start.count).contains("/") else { continue }
            let inner = judge(
                part: further,
                at: ShapePlace(path: member.path, kinds: member.kinds, elements: member.elements),
                depth: depth + 1
            )
            if inner.isClean { continue }
            let rule = SchemaFit.Rule(path: member.path, keyword: keyword)
            if hasPatterns || inner.refused.isEmpty {
                findings.open.insert(rule)
            } else {
                findings.refused.insert(rule)
            }
        }
        guard shape.extras[place.path] != nil else {
            if shape.isCut || !fit.before.tells(place.path) { open(keyword, value, place, &findings) }
            return
        }
        // An undeclared member may be one that the schema now names, or may fit the schema for all others.
        let mayBeNamed = fit.namesMore.contains { $0.hasPrefix("\(place.path)/") }
        if value.boolValue == false, !hasPatterns, !mayBeNamed {
            findings.refused.insert(rule(place, keyword))
        } else {
            open(keyword, value, place, &findings)
        }
    }
}
