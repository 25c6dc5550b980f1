import Bytes
import Contracts
import Crypto
import MCP
import Policy
package import Store

/// What a target lists, page after page, sorted into what is fit for the catalog and what isn't.
package struct ToolListing: Sendable {
    /// Fit to be stored, in the target's order.
    package private(set) var tools: [Store::ToolDefinition] = []
    package private(set) var refused: [RefusedTool] = []
    package private(set) var pageCount = 0
    /// Of all definitions together.
    private(set) var byteCount = 0

    /// The tools that have notes, in the target's order.
    package var noted: [NotedTool] {
        tools.flatMap { tool in tool.notes.map { NotedTool(name: tool.name, note: $0) } }
    }

    private var names: Set<String> = []
    private let naming: ToolNaming

    /// `naming` says how the target's tools are exposed.
    init(naming: ToolNaming) { self.naming = naming }

    /// How many tools were listed so far, refused ones too.
    var count: Int { tools.count + refused.count }

    mutating func add(_ page: ToolList) {
        pageCount += 1
        for rejected in page.rejected {
            refuse(rejected.name ?? "#\(rejected.index + 1)", "", rejected.reason)
        }
        for tool in page.tools {
            guard names.insert(tool.name).inserted else {
                refuse(tool.name, "name", "has a name that an earlier tool has")
                continue
            }
            let outcome = DefinitionCheck.check(
                page.bytes.span,
                tool.definition,
                naming: naming
            )
            switch outcome {
            case .fit(let canonical):
                let json = Array(page.bytes[tool.definition])
                byteCount += json.count
                tools.append(Store::ToolDefinition(name: tool.name, json: json, sha256: digest(canonical)))
            case .refused(let reason): refuse(tool.name, "", reason)
            }
        }
    }

    private mutating func refuse(_ name: String, _ member: String, _ reason: String) {
        refused.append(
            RefusedTool(
                name: visible(String(name.prefix(256))),
                member: visible(String(member.prefix(400))),
                reason: visible(String(reason.prefix(400)))
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
