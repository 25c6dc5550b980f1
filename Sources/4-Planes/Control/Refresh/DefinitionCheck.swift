import Bytes
import Crypto
import JSON
import MCP
import Model
import Policy
package import Store
import Text

/// Decides whether a tool's definition, which is untrusted text, may enter the catalog, and which part of it is served.
package struct DefinitionCheck: Sendable {
    /// How the target's tools are exposed.
    let naming: ToolNaming
    /// Whether the target's tools may hold invisible characters.
    let allowsHidden: Bool

    package enum Outcome {
        case fit(Model::ToolDefinition)
        case refused(RefusedTool)
    }

    /// - Parameters:
    ///   - bytes: the target's answer.
    ///   - range: the definition, a JSON object inside `bytes`.
    ///   - kind: what it defines.
    ///   - name: the catalog's for it, for a refusal.
    ///   - function: the tool's own, if it has one: approvals are bound to it too, and what is served doesn't show it.
    func check(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        kind: CatalogKind = .tool,
        name: String,
        function: String? = nil
    ) -> Outcome {
        if let fault = naming.fault(kind, name) {
            return .refused(RefusedTool(showing: name, "\(kind.nameMember)", fault.description))
        }
        guard kind == .tool else { return check(bytes, range, as: kind, name: name) }
        let definition: MCP::ToolDefinition
        do throws(ToolDefinitionFault) {
            definition = try MCP::ToolDefinition(bytes.span, in: range, allowsHidden: allowsHidden)
        } catch {
            return .refused(RefusedTool(showing: name, error.member, error.description))
        }
        let exposed: ToolName
        do throws(ToolNameFault) {
            exposed = try naming.exposed(definition.name)
        } catch {
            return .refused(RefusedTool(showing: name, "name", error.description))
        }
        return .fit(
            Model::ToolDefinition(
                name: definition.name,
                function: function,
                json: function.map { Self.naming($0, in: bytes[range]) } ?? Array(bytes[range]),
                sha256: Self.sha256(of: definition.canonical.bytes, function),
                served: definition.served?.bytes ?? function.map { _ in Array(bytes[range]) },
                notes: definition.notes.map { ToolNote(showing: $0) } + notes(on: exposed),
                rules: MCP::ToolDefinition.rulesVersion
            )
        )
    }

    /// The same for what is no tool.
    private func check(_ bytes: [UInt8], _ range: Range<Int>, as kind: CatalogKind, name: String) -> Outcome {
        let definition: EntryDefinition
        do throws(ToolDefinitionFault) {
            definition = try EntryDefinition(kind, bytes.span, in: range, allowsHidden: allowsHidden)
        } catch {
            return .refused(RefusedTool(showing: name, error.member, error.description))
        }
        return .fit(
            Model::ToolDefinition(
                kind: kind,
                name: kind.catalogName(definition.ownName),
                json: Array(bytes[range]),
                sha256: Self.sha256(of: definition.canonical.bytes, nil),
                served: definition.served?.bytes,
                notes: definition.notes.map { ToolNote(showing: $0) },
                rules: MCP::ToolDefinition.rulesVersion
            )
        )
    }

    /// The hash of a definition and its function. A byte that no JSON text has separates the two, so that no definition
    /// has the same hash as another one with a function.
    private static func sha256(of canonical: [UInt8], _ function: String?) -> Digest {
        guard let function else { return SHA256.hash(canonical) }
        return SHA256.hash(canonical + [0] + Array(function.utf8))
    }

    /// The definition as it was declared, with a last member `function`.
    private static func naming(_ function: String, in definition: ArraySlice<UInt8>) -> [UInt8] {
        // A fit definition has members, and nothing after its last brace.
        definition.dropLast() + Array(",\"function\":\(JSONValue.string(function).text)}".utf8)
    }

    /// The definition without the member `function`.
    static func withoutFunction(_ json: [UInt8]) -> [UInt8] {
        guard case .object(var object)? = try? JSONValue(parsing: json.span) else { return json }
        object["function"] = nil
        return Array(JSONValue.object(object).text.utf8)
    }

    /// The warnings about a name that agents use.
    private func notes(on name: ToolName) -> [ToolNote] {
        guard name.tool.utf8.contains(UInt8(ascii: ".")) else { return [] }
        return [
            ToolNote(
                member: "name",
                reason: "holds a dot, which model providers refuse with the whole request; "
                    + "rename the tool in the function, or give it an alias: "
                    + "`mcp-gateway tool alias \(name.exposed) NAME`",
                isLeftOut: false
            )
        ]
    }

}

extension RefusedTool {
    /// A refusal whose texts show invisible characters as visible ones.
    init(showing name: String, _ member: String, _ reason: String) {
        self.init(
            name: HiddenCharacters.shown(String(name.prefix(256))),
            member: HiddenCharacters.shown(String(member.prefix(Self.textLengthMax))),
            reason: HiddenCharacters.shown(String(reason.prefix(2 * Self.textLengthMax)))
        )
    }
}

extension ToolNote {
    fileprivate init(showing note: ToolDefinitionNote) {
        self.init(
            member: HiddenCharacters.shown(String(note.member.prefix(RefusedTool.textLengthMax))),
            reason: HiddenCharacters.shown(String(note.reason.prefix(RefusedTool.textLengthMax))),
            isLeftOut: note.isLeftOut
        )
    }
}
