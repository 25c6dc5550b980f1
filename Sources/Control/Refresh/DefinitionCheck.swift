import Bytes
import MCP

/// Whether a tool's definition, which is untrusted text, may enter the catalog.
enum DefinitionCheck {
    enum Outcome {
        /// The definition's canonical form, to hash.
        case fit(canonical: ByteBuffer)
        case refused(reason: String)
    }

    /// - Parameters:
    ///   - bytes: what the target answered.
    ///   - range: the definition, a JSON object inside `bytes`.
    ///   - target: the target's name.
    ///   - toolNameMax: the longest exposed name, in characters.
    /// - Returns: whether it may, and why not.
    static func check(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        target: String,
        toolNameMax: Int
    ) -> Outcome {
        let definition: MCP::ToolDefinition
        do throws(ToolDefinitionFault) {
            definition = try MCP::ToolDefinition(bytes, in: range)
        } catch {
            return .refused(reason: error.description)
        }
        do throws(ToolNameFault) {
            _ = try ToolName(target: target, tool: definition.name, lengthMax: toolNameMax)
        } catch {
            return .refused(reason: error.description)
        }
        return .fit(canonical: definition.canonical)
    }
}
