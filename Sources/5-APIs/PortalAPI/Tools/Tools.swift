import HTTP
import Policy
import REST

/// `/tools` and `/targets/{target}/tools`: tools that aren't held back, and whether the caller can use them.
enum Tools {
    static let all: [any AnyOperation<Services>] = [listOfTarget, list]

    private struct TargetArguments: Arguments {
        let target = Targets.targetName
        let page = PageArguments()
    }

    private static let listOfTarget = PortalOperation(
        .get,
        "/targets/{target}/tools",
        id: "targetTools",
        "Lists a target's tools in order of their names, with how each stands for this key or token.",
        takes: TargetArguments.self,
        answers: ListForm<ToolForm>.self,
        problems: [.notFound]
    ) { call throws(Problem) in
        let target = try call.caller.target(named: call.target)
        let tools = call.caller.snapshot.tools
        return try page(
            of: tools.indices.filter {
                tools[$0].isTool && tools[$0].target == target && tools[$0].state == .active
            },
            call
        )
    }

    private struct ListArguments: Arguments {
        let q = Argument.query(
            "q",
            .text(1...300),
            "only those whose names hold this text; case doesn't matter"
        )
        let page = PageArguments()
    }

    private static let list = PortalOperation(
        .get,
        "/tools",
        id: "toolList",
        "Lists the tools of all targets in order of their names, with how each stands for this key or token.",
        takes: ListArguments.self,
        answers: ListForm<ToolForm>.self
    ) { call throws(Problem) in
        let snapshot = call.caller.snapshot
        let wanted = (call.q ?? "").utf8.map(lowercase)
        let found = snapshot.tools.indices.filter { position in
            let tool = snapshot.tools[position]
            return tool.isTool && tool.state == .active && snapshot.targets[tool.target].isEnabled
                && holds(tool.exposedName.utf8.span, wanted)
        }
        return try page(of: found, call)
    }

    /// - Parameter tools: positions in the caller's snapshot, in order of the names.
    private static func page<A>(of tools: [Int], _ call: PortalCall<A>) throws(Problem) -> Listing<
        OfferedTool
    > {
        let (caller, nowMs) = (call.caller, call.nowMs)
        let snapshot = caller.snapshot
        return try call.page(of: "tools").cut(
            tools,
            place: { snapshot.tools[$0].exposedName },
            isAfter: { $1.utf8.lexicographicallyPrecedes(snapshot.tools[$0].exposedName.utf8) }
        ).map { OfferedTool($0, for: caller, nowMs: nowMs) }
    }
}

/// Whether a name contains a text, which is in lower case. At worst (name × text) steps, both bounded.
private func holds(_ name: Span<UInt8>, _ text: [UInt8]) -> Bool {
    guard name.count >= text.count else { return false }
    for start in 0...name.count - text.count {
        var length = 0
        while length < text.count, lowercase(name[start + length]) == text[length] { length += 1 }
        if length == text.count { return true }
    }
    return false
}

/// The lower case of an ASCII letter; other bytes unchanged.
private func lowercase(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
