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
    ///   - naming: how the target's tools are exposed.
    /// - Returns: whether it may, and why not.
    static func check(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        naming: ToolNaming
    ) -> Outcome {
        let definition: MCP::ToolDefinition
        do throws(ToolDefinitionFault) {
            definition = try MCP::ToolDefinition(bytes, in: range)
        } catch {
            return .refused(reason: error.description)
        }
        do throws(ToolNameFault) {
            _ = try naming.exposed(definition.name)
        } catch {
            return .refused(reason: error.description)
        }
        return .fit(canonical: definition.canonical)
    }
}
