import Bytes
import Crypto
import MCP
import Policy
package import Store

/// Whether a tool's definition, which is untrusted text, may enter the catalog, and what is served of it.
package struct DefinitionCheck: Sendable {
    /// The target's name.
    let target: String
    /// Whether the target's tools may hold characters that can't be seen.
    let allowsHidden: Bool
    /// The longest exposed name, in characters.
    let toolNameMax: Int

    package enum Outcome {
        case fit(Store::ToolDefinition)
        case refused(RefusedTool)
    }

    /// - Parameters:
    ///   - bytes: what the target answered.
    ///   - range: the definition, a JSON object inside `bytes`.
    ///   - name: the tool's, for a refusal.
    func check(_ bytes: [UInt8], _ range: Range<Int>, name: String) -> Outcome {
        let definition: MCP::ToolDefinition
        do throws(ToolDefinitionFault) {
            definition = try MCP::ToolDefinition(bytes.span, in: range, allowsHidden: allowsHidden)
        } catch {
            return .refused(RefusedTool(showing: name, error.member, error.description))
        }
        do throws(ToolNameFault) {
            _ = try ToolName(target: target, tool: definition.name, lengthMax: toolNameMax)
        } catch {
            return .refused(RefusedTool(showing: name, "name", error.description))
        }
        return .fit(
            Store::ToolDefinition(
                name: definition.name,
                json: Array(bytes[range]),
                sha256: digest(definition.canonical),
                served: definition.served?.bytes,
                notes: definition.notes.map { ToolNote(showing: $0) },
                rules: MCP::ToolDefinition.rulesVersion
            )
        )
    }

    private func digest(_ canonical: ByteBuffer) -> Digest {
        guard let digest = Digest(SHA256.hash(canonical.bytes).bytes.span) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return digest
    }
}

extension RefusedTool {
    /// With what can't be seen made visible.
    init(showing name: String, _ member: String, _ reason: String) {
        self.init(
            name: visible(String(name.prefix(128))),
            member: visible(String(member.prefix(Self.textLengthMax))),
            reason: visible(String(reason.prefix(2 * Self.textLengthMax)))
        )
    }
}

extension ToolNote {
    fileprivate init(showing note: ToolDefinitionNote) {
        self.init(
            member: visible(String(note.member.prefix(RefusedTool.textLengthMax))),
            reason: visible(String(note.reason.prefix(RefusedTool.textLengthMax))),
            isLeftOut: note.isLeftOut
        )
    }
}
