import Bytes
package import JSON

/// Whether arguments of recorded shapes would fit another schema: what it certainly refuses, and what can't be decided
/// without the values.
package struct SchemaFit: Sendable {
    /// A rule of the schema, at a place of the arguments.
    package struct Rule: Sendable, Hashable {
        /// The path as shapes write it.
        package let path: String
        /// A keyword of the schema.
        package let keyword: String

        package init(path: String, keyword: String) {
            self.path = path
            self.keyword = keyword
        }
    }

    package enum Verdict: Sendable, Hashable {
        case fits
        /// At least these rules refuse it.
        case refused(Set<Rule>)
        /// Nothing certainly refuses it; these rules depend on values.
        case open(Set<Rule>)
    }

    let schema: SchemaParts
    /// The members declared when the shapes were recorded, as far as they are known.
    let before: DeclaredMembers
    /// The rules on values that were in force before, with their places and values.
    private let rulesBefore: Set<String>
    /// The members that the new schema declares and the one before doesn't: an undeclared member of before may be one
    /// of them.
    let namesMore: Set<String>

    /// - Parameters:
    ///   - inputSchema: the new schema.
    ///   - current: the schema in force now, with which the shapes were recorded.
    package init(_ inputSchema: JSONValue, current: JSONValue) throws(SchemaFault) {
        schema = SchemaParts(try Schema(reading: inputSchema))
        before = DeclaredMembers(current)
        var known: Set<String> = []
        let old = Result { () throws(SchemaFault) in SchemaParts(try Schema(reading: current)) }
        if case .success(let old) = old {
            for part in old.parts {
                guard let place = Self.place(of: part.pointer) else { continue }
                for member in part.value.objectValue?.members ?? [] {
                    known.insert(Self.mark(place, member.key, member.value))
                }
            }
        }
        rulesBefore = known
        let after = DeclaredMembers(inputSchema)
        var more: Set<String> = []
        for place in after.places {
            guard let holder = place.holder, let name = place.path.split(separator: "/").last else {
                continue
            }
            let path = after.places[holder].path
            if !before.places.contains(where: { $0.path == place.path }) { more.insert("\(path)/\(name)") }
        }
        namesMore = more
    }

    /// Whether the schema accepts arguments of this shape.
    package func verdict(on shape: ArgumentShape) -> Verdict {
        var judgement = ShapeJudgement(self, shape)
        let findings = judgement.judge(part: 0, at: ShapePlace(path: "", kinds: .of(.object)), depth: 0)
        if !findings.refused.isEmpty { return .refused(findings.refused) }
        return findings.open.isEmpty ? .fits : .open(findings.open)
    }

    /// Whether the same rule was in force before: what it refuses now, it refused then.
    func isOld(_ keyword: String, _ value: JSONValue, at path: String) -> Bool {
        rulesBefore.contains(Self.mark(path, keyword, value))
    }

    private static func mark(_ path: String, _ keyword: String, _ value: JSONValue) -> String {
        "\(path)\u{0}\(keyword)\u{0}\(value.canonical().text)"
    }

    /// The place in the arguments that a part of a schema applies to, if its pointer alone shows it; nil otherwise.
    private static func place(of pointer: String) -> String? {
        var path: [String] = []
        var tokens = JSONPointer.tokens(pointer)[...]
        while let token = tokens.popFirst() {
            switch token {
            case "properties":
                guard let name = tokens.popFirst(), let word = ArgumentShape.escaped(name) else { return nil }
                path.append(word)
            case "items":
                if let next = tokens.first, JSONPointer.index(next) != nil { return nil }
                path.append("*")
            case "allOf": _ = tokens.popFirst()
            default: return nil
            }
        }
        return path.joined(separator: "/")
    }
}

/// A place in the arguments, with what the shape shows of it.
struct ShapePlace {
    var path: String
    var kinds: ArgumentShape.Kinds
    /// The types of an array's elements.
    var elements: ArgumentShape.Kinds = []

    func path(of name: String) -> String? {
        ArgumentShape.escaped(name).map { path.isEmpty ? $0 : "\(path)/\($0)" }
    }
}

/// The rules that refuse, or may refuse, a place and those below it.
struct FitFindings {
    var refused: Set<SchemaFit.Rule> = []
    var open: Set<SchemaFit.Rule> = []

    var isClean: Bool { refused.isEmpty && open.isEmpty }

    static func += (left: inout FitFindings, right: FitFindings) {
        left.refused.formUnion(right.refused)
        left.open.formUnion(right.open)
    }
}
