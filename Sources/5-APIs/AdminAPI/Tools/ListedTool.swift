import MCP
import Policy
import REST
import Store

/// One entry of a target's list: a tool of the catalog, or a refused one.
enum ListedTool: Sendable {
    case served(ToolRecord)
    /// A refused tool, and its position among the target's refused tools.
    case refused(RefusedToolRecord, Int)

    /// All entries in order of targets: each target's tools in the given order, then its refused ones.
    static func all(_ tools: [ToolRecord], _ refused: [RefusedToolRecord]) -> [ListedTool] {
        let served = Dictionary(grouping: tools) { $0.target.text }
        let refused = Dictionary(grouping: refused) { $0.target.text }
        return Set(served.keys).union(refused.keys).sorted().flatMap { target in
            (served[target] ?? []).map { .served($0) }
                + (refused[target] ?? []).enumerated().map { .refused($1, $0) }
        }
    }

    var target: String {
        switch self {
        case .served(let tool): tool.target.text
        case .refused(let tool, _): tool.target.text
        }
    }

    var exposedName: String {
        switch self {
        case .served(let tool): tool.exposedName
        case .refused(let tool, _): tool.exposedName
        }
    }

    var state: String {
        switch self {
        case .served(let tool): tool.state.rawValue
        case .refused: ShownTool.refusedState
        }
    }

    var shown: ShownTool {
        switch self {
        case .served(let tool): ShownTool(tool)
        case .refused(let tool, _): ShownTool(tool)
        }
    }

    /// The entry's place in a list: its name, or its number among the refused, whose names may be long and equal.
    fileprivate var place: String {
        switch self {
        case .served(let tool): tool.exposedName
        case .refused(let tool, let number): "\(tool.target.text) \(number)"
        }
    }
}

extension Page {
    /// One page of the list. The order is the target's own, so the place is searched for. If its tool was removed
    /// meanwhile, the tools of its target are listed again: better twice than never.
    func cut(_ tools: [ListedTool]) -> Listing<ListedTool> {
        let position = after.flatMap { place in tools.firstIndex { $0.place == place } }
        let target = after.flatMap { place in
            ToolRecord.target(ofExposedName: place) ?? place.split(separator: " ").first.map { String($0) }
        }
        return cut(
            Array(tools.enumerated()),
            place: { $0.element.place },
            isAfter: { item, _ in
                if let position { return item.offset > position }
                return target.map { item.element.target >= $0 } ?? true
            }
        ).map { $0.element }
    }
}

extension OperationCall where Service == Services {
    /// The tool with an exposed name, served or refused.
    /// - Throws: `.notFound`, with similar names.
    func listedTool(_ name: String) async throws(Problem) -> ListedTool {
        try await read { reading throws(StoreError) in try reading.listedTool(name) }
    }
}

extension ReadTransaction {
    /// The tool with an exposed name, served or refused.
    /// - Throws: `.notFound`, with similar names.
    borrowing func listedTool(_ name: String) throws(StoreError) -> ListedTool {
        do throws(StoreError) { return .served(try tool(exposedName: name)) } catch {
            guard error.kind == .notFound else { throw error }
            if let refused = try refusal(ofTool: name) { return .refused(refused, 0) }
            let similar = SimilarTools(
                ListedTool.all(try tools(kinds: CatalogKind.allCases), try refusedTools())
            ).names(like: name)
            guard !similar.isEmpty else { throw error }
            throw StoreError(
                .notFound,
                error.message,
                hint: "did you mean \(similar.joined(separator: " or "))? \(error.hint)"
            )
        }
    }
}
