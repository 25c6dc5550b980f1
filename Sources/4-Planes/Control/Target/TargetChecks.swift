// Grammars of the words that declare a target: each returns what is stored, or says what would be right.

import AWS
import Calendar
import Config
import Contracts
import HTTPClient
import MCP
import Policy
import Store
import Text

func checkedContract(_ text: String) throws(ModelFault) -> Contract {
    let words = Contract.supported.map { $0.rawValue }
    guard let contract = Contract(rawValue: text) else {
        throw ModelFault(
            .invalid,
            "there is no contract \(quoted(text))",
            hint: "use \(words.joined(separator: " or "))"
        )
    }
    guard contract.isSupported else {
        throw ModelFault(
            .invalid,
            "the contract \(text) is not supported yet by this version",
            hint: "use \(words.joined(separator: " or "))"
        )
    }
    return contract
}

func checkedRegion(_ text: String) throws(ModelFault) -> String {
    guard Region(text) != nil, text.contains("-"), text == text.lowercased() else {
        throw ModelFault(.invalid, "\(quoted(text)) is no region", hint: "give one such as eu-central-1")
    }
    return text
}

/// A URL with a user's name or a password in it is refused without being repeated.
func checkedEndpoint(_ text: String) throws(ModelFault) -> String {
    if text.contains("@") {
        throw ModelFault(
            .invalid,
            "the endpoint holds a user name or password",
            hint: "give scheme, host and port alone; credentials come from AWS's own sources"
        )
    }
    guard Endpoint(url: text) != nil else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) is no endpoint",
            hint: "give a URL such as http://127.0.0.1:9001, without a query"
        )
    }
    return text
}

func checkedApproval(_ text: String) throws(ModelFault) -> Approval {
    guard let approval = Approval(rawValue: text) else {
        throw ModelFault(.invalid, "there is no approval \(quoted(text))", hint: "use required, auto or open")
    }
    return approval
}

func checkedTimeoutMs(_ text: String) throws(ModelFault) -> Int {
    guard let duration = DurationText.parse(text),
        (Duration.seconds(1)...Duration.seconds(900)).contains(duration)
    else {
        throw ModelFault(.invalid, "\(quoted(text)) is no timeout", hint: "give 1s to 15m, such as 30s")
    }
    return Int(duration.milliseconds)
}

func checkedDescription(_ text: String) throws(ModelFault) -> String {
    if let scalar = HiddenCharacters.first(in: text) {
        throw ModelFault(
            .invalid,
            "the description holds the invisible character \(HiddenCharacters.name(of: scalar))",
            hint: "leave it out"
        )
    }
    guard text.utf8.count <= 1_024 else {
        throw ModelFault(.invalid, "the description has \(text.utf8.count) bytes", hint: "1024 are allowed")
    }
    return text
}

/// Every definition must be fit to list; a file is the operator's own, so nothing is dropped silently.
func checkedTools(_ text: String, allowsHidden: Bool) throws(ModelFault) -> String {
    let hint = "give a JSON array of tool definitions, as a tools/list answer has them"
    var listing = ToolListing(
        check: DefinitionCheck(
            naming: ToolNaming(target: "declared", lengthMax: ToolName.lengthMaxLimit),
            allowsHidden: allowsHidden
        )
    )
    do throws(ContractError) {
        listing.add(try declaredList(text))
    } catch {
        throw ModelFault(.invalid, "the declared tools: \(error.description)", hint: hint)
    }
    if let refused = listing.refused.first {
        throw ModelFault(.invalid, "the declared tool \(refused.name): \(refused.reason)", hint: hint)
    }
    return text
}

/// A declared list of tools, read as the answer of a function would be.
func declaredList(_ text: String) throws(ContractError) -> ToolList {
    let bytes = Array(text.utf8)
    return try Contract.mcpWrapper.readToolList(bytes, payload: 0..<bytes.count)
}

func checkFunction(_ spec: TargetSpec) throws(ModelFault) {
    let function: FunctionName
    do throws(FunctionNameError) {
        function = try FunctionName(spec.function)
        // A place to go to matters not: what is checked is the qualifier.
        if let qualifier = spec.qualifier, let region = Region("us-east-1") {
            let endpoint = Endpoint(scheme: .https, host: "localhost")
            _ = try PreparedFunction(function, qualifier: qualifier, region: region, endpoint: endpoint)
        }
    } catch {
        throw ModelFault(
            .invalid,
            "target \(spec.name): \(quoted(error.text)) is not a function: \(HiddenCharacters.shown(error.reason))",
            hint: "give a function's name, name:qualifier or ARN"
        )
    }
    if let region = spec.region, let inARN = function.region, region != inARN {
        throw ModelFault(
            .invalid,
            "target \(spec.name): the region is \(region), but the function's ARN is in \(inARN)",
            hint: "leave one of them out"
        )
    }
}

func checkedFlag(_ text: String, _ name: String) throws(ModelFault) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default:
        throw ModelFault(.invalid, "\(quoted(text)) is no value for \(name)", hint: "use true or false")
    }
}
