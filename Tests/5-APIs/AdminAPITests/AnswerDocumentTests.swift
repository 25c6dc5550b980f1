@testable import AdminAPI
import FoundationEssentials
import REST
import TestSupport
import Testing

/// Compares docs/cli-json.md with the members of the admin API's answers.
struct AnswerDocumentTests {
    @Test func `docs have each member of each answer`() throws {
        let document = try AnswerDocument()
        for (noun, members) in answeredMembers {
            let section = try #require(document.sections[noun], "docs/cli-json.md has no section \(noun)")
            for name in members.keys.sorted() where !section.named.contains(name) {
                let rows = Set(section.rows.flatMap { $0.names })
                #expect(rows.contains(name), "docs/cli-json.md has no row for \(name) of \(noun)")
            }
        }
    }

    @Test func `docs have no member that no answer has, and no other types`() throws {
        let document = try AnswerDocument()
        for (noun, members) in answeredMembers {
            for row in document.sections[noun]?.rows ?? [] {
                let place = "docs/cli-json.md, \(noun), row \(row.names.joined(separator: ", "))"
                var all: Set<String> = []
                for name in row.names {
                    let kinds = try #require(members[name], "\(place): no answer has \(name)")
                    #expect(
                        kinds.contains { $0.isSubset(of: row.kinds) },
                        "\(place): \(name) is \(kinds.map { $0.sorted() })"
                    )
                    for kinds in kinds { all.formUnion(kinds) }
                }
                #expect(row.kinds.isSubset(of: all), "\(place): it is never all of \(row.kinds.sorted())")
            }
        }
    }

    /// [noun] → the members of its answers at any depth, with the kinds of JSON that each may be, by answer.
    private var answeredMembers: [String: [String: [Set<String>]]] {
        var nouns: [String: [String: [Set<String>]]] = [:]
        for operation in AdminAPI.operations {
            let noun = String(operation.id.prefix { $0.isLowercase })
            operation.answer.visitMembers(operation.components) { member in
                // A command shows all pages of a list at once.
                guard member.name != "nextCursor" else { return }
                nouns[noun, default: [:]][member.name, default: []].append(
                    member.schema.kinds(operation.components)
                )
            }
        }
        return nouns
    }
}

/// The tables of docs/cli-json.md.
private struct AnswerDocument {
    struct Section {
        var rows: [Row] = []
        /// Members of objects that a text only lists, as in `{"name","reason"}`.
        var named: Set<String> = []
    }

    struct Row {
        let names: [String]
        let kinds: Set<String>
    }

    private(set) var sections: [String: Section] = [:]

    init() throws {
        let text = try String(
            contentsOf: Repository.root.appending(path: "docs/cli-json.md"),
            encoding: .utf8
        )
        var noun = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") {
                noun = String(line.dropFirst(3))
                continue
            }
            for object in line.matches(of: /{"[^}]*}/) {
                for name in object.output.matches(of: /"(\w+)"/) {
                    sections[noun, default: Section()].named.insert(String(name.output.1))
                }
            }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            guard line.hasPrefix("| `"), cells.count > 3 else { continue }
            sections[noun, default: Section()].rows.append(
                Row(
                    names: cells[1].matches(of: /`(?:\w+\[\]\.)?(\w+)`/).map { String($0.output.1) },
                    kinds: Set(
                        cells[2].split(separator: ",").map { kind in
                            kind.contains("array") ? "array" : String(kind.filter { $0 != " " })
                        }
                    )
                )
            )
        }
    }
}

extension Schema {
    /// Visits every member of this object and of the objects in it.
    fileprivate func visitMembers(_ components: Components, _ visit: (Member) -> Void) {
        switch shape {
        case .object(let members):
            for member in members {
                visit(member)
                member.schema.visitMembers(components, visit)
            }
        case .array(let element, _): element.visitMembers(components, visit)
        case .reference(let name): components[name]?.visitMembers(components, visit)
        case .any, .boolean, .integer, .string, .oneOf, .map: break
        }
    }

    /// The kinds in the terms of docs/cli-json.md. Where an answer may have any JSON, it is an object or null.
    fileprivate func kinds(_ components: Components) -> Set<String> {
        let kind =
            switch shape {
            case .boolean: "boolean"
            case .integer: "number"
            case .string, .oneOf: "string"
            case .array: "array"
            case .any, .map, .object, .reference: "object"
            }
        if case .any = shape { return [kind, "null"] }
        return isNullable ? [kind, "null"] : [kind]
    }
}
