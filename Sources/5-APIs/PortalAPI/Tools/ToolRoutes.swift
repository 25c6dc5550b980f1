import HTTP
import JSON
import Policy
import REST

/// `/tools` and `/targets/{target}/tools`: tools that aren't held back, and whether the caller can use them.
func toolRoutes(_ services: Services) -> [Route<PortalCaller>] {
    [
        Route(
            .get,
            "/targets/{target}/tools",
            id: "targetTools",
            "Lists a target's tools in order of their names, with how each stands for this key or token.",
            parameters: [.target] + Page.parameters,
            answer: Page.schema("tools", of: .reference("Tool")),
            problems: [.notFound]
        ) { call throws(Problem) in
            let target = try call.target()
            let tools = call.caller.snapshot.tools
            let found = tools.indices.filter { tools[$0].target == target && tools[$0].state == .active }
            return try page(of: found, call, services)
        },
        Route(
            .get,
            "/tools",
            id: "toolList",
            "Lists the tools of all targets in order of their names, with how each stands for this key or token.",
            parameters: [
                .query("q", .string(1...300), "only those whose names hold this text; case doesn't matter")
            ] + Page.parameters,
            answer: Page.schema("tools", of: .reference("Tool"))
        ) { call throws(Problem) in
            let snapshot = call.caller.snapshot
            let wanted = (call.query("q") ?? "").utf8.map(lowercase)
            let found = snapshot.tools.indices.filter { position in
                let tool = snapshot.tools[position]
                return tool.state == .active && snapshot.targets[tool.target].isEnabled
                    && holds(tool.exposedName.utf8.span, wanted)
            }
            return try page(of: found, call, services)
        },
    ]
}

private func page(
    of tools: [Int],
    _ call: APICall<PortalCaller>,
    _ services: Services
) throws(Problem) -> APIReply {
    let (snapshot, nowMs) = (call.caller.snapshot, services.nowMs())
    return try Page(call, list: "tools").answer(
        "tools",
        tools,
        place: { snapshot.tools[$0].exposedName },
        isAfter: { $1.utf8.lexicographicallyPrecedes(snapshot.tools[$0].exposedName.utf8) },
        json: { position in
            let tool = snapshot.tools[position]
            return tool.json(
                target: snapshot.targets[tool.target].name,
                ToolStanding(of: position, for: call.caller, nowMs: nowMs)
            )
        }
    )
}

/// Whether a name holds a text, which is in lower case. (name × text) steps at worst, both bounded.
private func holds(_ name: Span<UInt8>, _ text: [UInt8]) -> Bool {
    guard name.count >= text.count else { return false }
    for start in 0...name.count - text.count {
        var length = 0
        while length < text.count, lowercase(name[start + length]) == text[length] { length += 1 }
        if length == text.count { return true }
    }
    return false
}

/// Of ASCII letters.
private func lowercase(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
