import Contracts
import JSON
import Store
import Text

extension ToolInquiry {
    /// A target's tools, if they are known without asking its function: the declared ones, or the one that a plain
    /// function is. `nil` when the function has to be asked.
    ///
    /// A function is asked only if its contract has a message for that: any other function would take the message for a
    /// call, and run.
    /// - Throws: why there are no tools.
    static func declaredTools(of target: TargetSpec) throws(ToolSourceError) -> String? {
        if let word = target.unknownContract {
            throw ToolSourceError(
                "this version doesn't know the contract \(quoted(word))",
                hint:
                    "use the newer version that stored it, or `mcp-gateway target update \(target.name) --contract C`"
            )
        }
        if let declared = target.toolsJSON { return declared }
        switch target.contract {
        case .mcpWrapper, .jsonrpc, .httpV1, .httpV2: return nil
        case .function where !target.function.isEmpty: return "[\(tool(of: target))]"
        case .function, .agentcore:
            throw ToolSourceError(
                "no tools are declared, and a function of the contract \(target.contract.rawValue) can't be asked for them: "
                    + "it would run",
                hint:
                    "declare them: `mcp-gateway target update \(target.name) --tools FILE`, or [[tool]] in its target.toml"
            )
        }
    }

    /// The one tool of a plain function: a name made from the function's, the target's description, and any arguments.
    private static func tool(of target: TargetSpec) -> String {
        var tool = JSONObject([("name", .string(FunctionToolName.make(of: target.function)))])
        if let description = target.description { tool["description"] = .string(description) }
        tool["inputSchema"] = ["type": "object"]
        return JSONValue.object(tool).text
    }
}
