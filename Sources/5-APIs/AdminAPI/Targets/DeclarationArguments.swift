import Control
package import JSON
package import REST

/// What may be declared about a target.
package struct DeclarationArguments: Arguments {
    package let contract = Argument.optionalNotNull("contract", .oneOf(["mcp-wrapper", "jsonrpc"]))
    package let region = Argument.change("region", .text(1...64, "the function's region"))
    package let qualifier = Argument.change("qualifier", .text(1...128, "an alias, a version or $LATEST"))
    package let endpoint = Argument.change(
        "endpoint",
        .text(1...2_048, "the Lambda API to use in place of AWS's own")
    )
    package let approval = Argument.optionalNotNull("approval", .oneOf(["required", "auto", "open"]))
    package let pinDefinitions = Argument.change(
        "pinDefinitions",
        .truth("whether approvals are bound to the definitions of their time; null for the default")
    )
    package let allowHidden = Argument.optionalNotNull(
        "allowHidden",
        .truth("whether its tools may hold characters that a reader can't see")
    )
    package let timeout = Argument.optionalNotNull("timeout", .durationText)
    package let description = Argument.change("description", .text(1...1_024, "what the target is for"))
    package let tools = Argument.change(
        "tools",
        .list(.any, max: 10_000, "in place of asking the function")
    )

    package init() {}
}

extension TargetDeclaration {
    /// What a request says; null clears, as an empty text does.
    init(function: String?, _ values: Values<DeclarationArguments>) {
        self.init()
        self.function = function
        contract = values.contract
        region = values.region.text
        qualifier = values.qualifier.text
        endpoint = values.endpoint.text
        approval = values.approval
        timeout = values.timeout
        description = values.description.text
        pinDefinitions = values.pinDefinitions.text { "\($0)" }
        allowHidden = values.allowHidden.map { "\($0)" }
        toolsJSON = values.tools.text { JSONValue.array($0).text }
    }
}
