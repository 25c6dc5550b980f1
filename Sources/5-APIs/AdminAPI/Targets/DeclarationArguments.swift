import Contracts
import Control
import JSON
import MCP
import Policy
import REST

/// The arguments that declare a target.
struct DeclarationArguments: Arguments {
    let contract = Argument.optionalNotNull("contract", .oneOf(Contract.allCases.map { $0.rawValue }))
        .option(
            "C",
            "how its function is spoken to: \(Contract.allCases.map { $0.rawValue }.joined(separator: ", "))"
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
    let serves = Argument.change(
        "serves",
        .list(
            .oneOf(ServedFamily.allCases.map { $0.rawValue }),
            max: ServedFamily.allCases.count,
            "what its function serves; null has it asked, where its contract allows"
        )
    ).option("FAMILY", "tools, prompts or resources, each that its function serves")
    let timeout = Argument.optionalNotNull("timeout", .durationText)
        .option("30s", "for one call, 1s to 15m")
    let description = Argument.change("description", .text(1...1_024, "what the target is for"))
        .option("TEXT")
    let tools = Argument.change(
        "tools",
        .list(
            .any,
            max: 10_000,
            "in place of asking the function; `function` in one is a function of its own"
        )
    ).fileOption("FILE", "a JSON array of tools, in place of asking the function")
    let tool = Argument.list(
        "tool",
        .list(
            .text(1...512),
            max: 10_000,
            "functions as tools behind those of `tools`, as NAME=FUNCTION; in place of those declared before"
        )
    ).option("NAME=FUNCTION", "a tool with a function of its own, in place of those before")
    let invoke = InvokeArguments()
    let recording = RecordingArguments()
}

/// The arguments for how a target's functions are called.
struct InvokeArguments: Arguments {
    let roleARN = Argument.change(
        "roleArn",
        .text(1...2_048, "the IAM role that calls are made with, in place of the gateway's own credentials")
    ).option("ARN", "the IAM role that its calls are made with")
    let externalID = Argument.change("externalId", .text(2...1_224, "what the role's trust policy asks for"))
        .option("ID")
    let sessionName = Argument.change(
        "sessionName",
        .text(2...64, "what CloudTrail calls the role's session")
    )
    .option("NAME")
    let route = Argument.change(
        "route",
        .counts(0...VersionRoute.weightMax, max: 2, "versions or aliases and their weights")
    ).option("live=90,next=10", "versions or aliases that share the calls, and their weights")
    let logTail = Argument.optionalNotNull("logTail", .oneOf(LogTailChoice.allCases.map { $0.rawValue }))
        .option("L", "off (the default), sampled or all: which calls bring their log's end").leftToServer
    let callerIdentity = Argument.optionalNotNull(
        "callerIdentity",
        .oneOf(CallerIdentityPlace.allCases.map { $0.rawValue })
    ).option("PLACE", "none (the default), client-context or meta: where the caller is told").leftToServer
    let httpPath = Argument.change("httpPath", .text(1...255, "of the HTTP events; /mcp when there is none"))
        .option("PATH")
    let httpHost = Argument.change(
        "httpHost",
        .text(1...255, "of the HTTP events; localhost:8080 when there is none")
    ).option("HOST")
    let tenantIsolation = Argument.optionalNotNull(
        "tenantIsolation",
        .truth(
            "whether its functions are in Lambda's tenant isolation mode: calls carry their tenant's id then"
        )
    ).option("true|false", "its functions are in Lambda's tenant isolation mode; false by default")
    let architecture = Argument.change(
        "architecture",
        .oneOf(
            Architecture.allCases.map { $0.rawValue },
            "what its functions run on: calls are charged by it"
        )
    ).option("A", "x86_64 (the default) or arm64: calls are charged by it").leftToServer
    let memoryMB = Argument.change(
        "memoryMb",
        .count(InvokeSettings.memoryBounds, "the memory of its functions, until Lambda has reported it")
    ).option("MB", "what calls are charged for until Lambda reports its functions' memory")
    let streaming = Argument.optionalNotNull(
        "streaming",
        .truth("whether its functions stream: what they send before their answer is passed on at once")
    ).option("true|false", "its functions stream their answers; false by default")
    let toolTimeout = Argument.change(
        "toolTimeout",
        .list(
            .text(3...2_200),
            max: InvokeSettings.toolTimeoutsMax,
            "timeouts of single tools, as NAME=DURATION, in place of the target's"
        )
    ).option("NAME=5m", "the timeout of one tool, by the target's own name for it, in place of the target's")
}

/// The arguments for what is kept of a target's calls beside their figures.
struct RecordingArguments: Arguments {
    let recordArguments = Argument.optionalNotNull(
        "recordArguments",
        .oneOf(RecordedArguments.allCases.map { $0.rawValue })
    ).option("R", "none (the default), redacted or full: whether arguments and results are recorded")
        .leftToServer
    let redact = Argument.change(
        "redact",
        .list(
            .text(1...RecordingSettings.pointerBytesMax),
            max: RecordingSettings.pointersMax,
            "JSON pointers to what is replaced in recorded arguments and results; * is any element"
        )
    ).option("POINTER", "what is replaced in them, such as /items/*/card")
}

extension TargetDeclaration {
    /// The declaration in a request; null clears a value, as an empty text does.
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
        switch values.serves {
        case .keep: break
        case .clear: serves = []
        case .set(let families): serves = families
        }
        toolsJSON = values.tools.text { JSONValue.array($0).text }
        toolFunctions = values.tool
        roleARN = values.invoke.roleARN.text
        externalID = values.invoke.externalID.text
        sessionName = values.invoke.sessionName.text
        switch values.invoke.route {
        case .keep: break
        case .clear: route = [:]
        case .set(let weights): route = weights
        }
        logTail = values.invoke.logTail
        callerIdentity = values.invoke.callerIdentity
        httpPath = values.invoke.httpPath.text
        httpHost = values.invoke.httpHost.text
        tenantIsolation = values.invoke.tenantIsolation.map { "\($0)" }
        architecture = values.invoke.architecture.text
        memoryMB = values.invoke.memoryMB.text { "\($0)" }
        streaming = values.invoke.streaming.map { "\($0)" }
        switch values.invoke.toolTimeout {
        case .keep: break
        case .clear: toolTimeouts = []
        case .set(let timeouts): toolTimeouts = timeouts
        }
        recordArguments = values.recording.recordArguments
        switch values.recording.redact {
        case .keep: break
        case .clear: redact = []
        case .set(let pointers): redact = pointers
        }
    }
}
