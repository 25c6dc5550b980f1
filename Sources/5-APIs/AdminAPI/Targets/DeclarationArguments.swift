import Contracts
import Control
import JSON
import REST

/// What may be declared about a target.
struct DeclarationArguments: Arguments {
    let contract = Argument.optionalNotNull("contract", .oneOf(Contract.supported.map { $0.rawValue }))
        .option(
            "C",
            "how its function is spoken to: \(Contract.supported.map { $0.rawValue }.joined(separator: ", "))"
        ).leftToServer
    let region = Argument.change("region", .text(1...64, "the function's region")).option("R")
    let qualifier = Argument.change("qualifier", .text(1...128, "an alias, a version or $LATEST"))
        .option("Q")
    let endpoint = Argument.change(
        "endpoint",
        .text(1...2_048, "the Lambda API to use in place of AWS's own")
    ).option("URL")
    let approval = Argument.optionalNotNull("approval", .oneOf(["required", "auto", "open"]))
        .option("A", "required, auto or open").leftToServer
    let pinDefinitions = Argument.change(
        "pinDefinitions",
        .truth("whether approvals are bound to the definitions of their time; null for the default")
    ).option(
        "true|false",
        "hold changed tools back until `tool approve`; true when approval is required"
    )
    let allowHidden = Argument.optionalNotNull(
        "allowHidden",
        .truth("whether its tools may hold characters that a reader can't see")
    ).option(
        "true|false",
        "serve tools with characters that a reader can't see; refused by default"
    )
    let timeout = Argument.optionalNotNull("timeout", .durationText)
        .option("30s", "for one call, 1s to 15m")
    let description = Argument.change("description", .text(1...1_024, "what the target is for"))
        .option("TEXT")
    let tools = Argument.change(
        "tools",
        .list(.any, max: 10_000, "in place of asking the function")
    ).fileOption("FILE", "a JSON array of tools, in place of asking the function")
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
