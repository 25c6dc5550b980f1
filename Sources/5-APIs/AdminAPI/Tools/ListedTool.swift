import Config
import Policy
import REST
import Store

/// One entry of what a target lists: a tool of the catalog, or one that is refused.
enum ListedTool: Sendable {
    case served(ToolRecord)
    /// With its place among the target's refused ones.
    case refused(RefusedToolRecord, Int)

    /// By target; each target's tools in the given order, then its refused ones.
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

    /// Where it is in a list: its name, or its number among the refused, as their names may be long, and equal.
    fileprivate var place: String {
        switch self {
        case .served(let tool): tool.exposedName
        case .refused(let tool, let number): "\(tool.target.text) \(number)"
        }
    }
}

extension Page {
    /// The order is the target's own, so a place is looked for. When that tool has gone meanwhile, its target's tools come
    /// again: better twice than never.
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
    /// The tool of an exposed name, served or refused.
    /// - Throws: `.notFound`, with names that are much like it.
    func listedTool(_ name: String) async throws(Problem) -> ListedTool {
        try await read { reading throws(StoreError) in
            do throws(StoreError) { return .served(try reading.tool(exposedName: name)) } catch {
                guard error.kind == .notFound else { throw error }
                if let refused = try reading.refusal(ofTool: name) { return .refused(refused, 0) }
                let similar = try reading.names(like: name)
                guard !similar.isEmpty else { throw error }
                throw StoreError(
                    .notFound,
                    error.message,
                    hint: "did you mean \(similar.joined(separator: " or "))? \(error.hint)"
                )
            }
        }
    }
}

extension ReadTransaction {
    /// At most three exposed names that are much like one that there isn't: of the target, if there is one.
    fileprivate borrowing func names(like name: String) throws(StoreError) -> [String] {
        guard let target = ToolRecord.target(ofExposedName: name) else { return [] }
        let targets = try targets()
        guard let found = targets.first(where: { $0.name.text == target }) else {
            return nearestName(to: target, in: targets.map { $0.name.text }).map { near in
                ["\(near)\(name.dropFirst(target.count))"]
            } ?? []
        }
        let names = ListedTool.all(try tools(of: found.name), try refusedTools(of: found.name)).map {
            $0.exposedName
        }
        let word = name.dropFirst(target.count + 3).lowercased()
        let containing = word.count < 3 ? [] : names.filter { $0.lowercased().contains(word) }
        // Without the part that they have in common, so that it makes nothing seem near.
        let near = nearestName(to: word, in: names.map { String($0.dropFirst(target.count + 3)) })
        let all = (near.map { ["\(target)___\($0)"] } ?? []) + containing
        return Array(all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.prefix(3))
    }
}
