// Checks of the values that declare a target: each returns the value to store, or throws what would be right.

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
    guard let contract = Contract(rawValue: text) else {
        throw ModelFault(
            .invalid,
            "there is no contract \(quoted(text))",
            hint: "use \(Contract.words { _ in true })"
        )
    }
    return contract
}

func checkedRegion(_ text: String) throws(ModelFault) -> String {
    guard Region(text) != nil, text.contains("-"), text == text.lowercased() else {
        throw ModelFault(.invalid, "\(quoted(text)) is not a region", hint: "give one such as eu-central-1")
    }
    return text
}

/// A URL with a user name or password is refused, and the error doesn't repeat it.
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
            "\(quoted(text)) is not a valid endpoint",
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

func checkedRecordedArguments(_ text: String) throws(ModelFault) -> RecordedArguments {
    guard let recorded = RecordedArguments(rawValue: text) else {
        throw ModelFault(
            .invalid,
            "record_arguments can't be \(quoted(text))",
            hint: "use none, redacted or full"
        )
    }
    return recorded
}

/// nil for an empty text.
func checkedArchitecture(_ text: String) throws(ModelFault) -> Architecture? {
    if text.isEmpty { return nil }
    guard let architecture = Architecture(rawValue: text) else {
        throw ModelFault(.invalid, "there is no architecture \(quoted(text))", hint: "use x86_64 or arm64")
    }
    return architecture
}

/// nil for an empty text.
func checkedMemoryMB(_ text: String) throws(ModelFault) -> Int? {
    if text.isEmpty { return nil }
    guard text.utf8.count <= 5, let memory = Int(text), InvokeSettings.memoryBounds.contains(memory) else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) is not a memory size that Lambda offers",
            hint: TargetSpec.memoryHint
        )
    }
    return memory
}

func checkedTimeoutMs(_ text: String) throws(ModelFault) -> Int {
    guard let duration = DurationText.parse(text),
        (Duration.seconds(1)...Duration.seconds(900)).contains(duration)
    else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) is not a valid timeout",
            hint: "give 1s to 15m, such as 30s"
        )
    }
    return Int(duration.milliseconds)
}

/// [a tool's name] → its timeout in milliseconds
/// - Parameter texts: `NAME=DURATION` each. A name may hold `=`, as URIs do; a duration doesn't.
func checkedToolTimeoutsMs(_ texts: [String]) throws(ModelFault) -> [String: Int] {
    var timeouts: [String: Int] = [:]
    for text in texts {
        guard let split = text.lastIndex(of: "="), split > text.startIndex else {
            throw ModelFault(
                .invalid,
                "\(quoted(text)) is not a tool's timeout",
                hint: "give it as NAME=DURATION, such as report=5m"
            )
        }
        let name = String(text[..<split])
        let timeoutMs = try checkedTimeoutMs(String(text[text.index(after: split)...]))
        guard timeouts.updateValue(timeoutMs, forKey: name) == nil else {
            throw ModelFault(.invalid, "the tool \(quoted(name)) has two timeouts", hint: "give it one")
        }
    }
    return timeouts
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

/// What a function serves, by its words; nil for none of them.
func checkedFamilies(_ words: [String]) throws(ModelFault) -> [ServedFamily]? {
    var families: [ServedFamily] = []
    for word in words {
        guard let family = ServedFamily(rawValue: word) else {
            throw ModelFault(
                .invalid,
                "\(quoted(word)) is nothing that a function serves",
                hint: "use \(ServedFamily.words)"
            )
        }
        families.append(family)
    }
    return families.isEmpty ? nil : ServedFamily.allCases.filter { families.contains($0) }
}

/// Every definition must be fit to list: the operator wrote the declaration, so nothing is dropped silently.
func checkedTools(_ text: String, allowsHidden: Bool) throws(ModelFault) -> String {
    let hint = "give a JSON array of tool definitions, as a tools/list answer has them"
    var listing = ToolListing(
        check: DefinitionCheck(
            naming: ToolNaming(target: "declared", lengthMax: ToolName.lengthMaxLimit),
            allowsHidden: allowsHidden
        )
    )
    do throws(ContractError) {
        listing.add(try DeclaredTools(text))
    } catch {
        throw ModelFault(.invalid, "the declared tools: \(error.description)", hint: hint)
    }
    if let refused = listing.refused.first {
        throw ModelFault(.invalid, "the declared tool \(refused.name): \(refused.reason)", hint: hint)
    }
    return text
}

/// Checks the target's function and those of its declared tools: each tool must have one.
func checkFunctions(_ spec: TargetSpec) throws(ModelFault) {
    var functions = spec.function.isEmpty ? [] : [spec.function]
    if let toolsJSON = spec.toolsJSON, let declared = try? DeclaredTools(toolsJSON) {
        functions += Set(declared.functions.values).sorted()
        let other = declared.list.tools.first { declared.functions[$0.name] == nil }
        if spec.function.isEmpty, let other {
            throw ModelFault(
                .invalid,
                "target \(spec.name): there is no function for the tool \(quoted(other.name))",
                hint: "give the target a function, or the tool its own"
            )
        }
    }
    guard !functions.isEmpty else {
        throw ModelFault(
            .invalid,
            "target \(spec.name): there is no function",
            hint: "name one with --function, or one for each tool with --tool NAME=FUNCTION"
        )
    }
    for function in functions { try checkFunction(function, of: spec) }
}

private func checkFunction(_ text: String, of spec: TargetSpec) throws(ModelFault) {
    let function: FunctionName
    do throws(FunctionNameError) {
        function = try FunctionName(text)
        // Only the qualifier is checked, so the region and endpoint don't matter.
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
    if let qualifier = function.qualifier, spec.invoke.route != nil {
        throw ModelFault(
            .invalid,
            "target \(spec.name): there is a route, but \(quoted(text)) has the qualifier \(quoted(qualifier)) already",
            hint: "leave one of them out: the route's versions are qualifiers"
        )
    }
    if let region = spec.region, let inARN = function.region, region != inARN {
        throw ModelFault(
            .invalid,
            "target \(spec.name): the region is \(region), but a function's ARN is in \(inARN)",
            hint: "leave one of them out"
        )
    }
}

func checkedLogTail(_ text: String) throws(ModelFault) -> LogTailChoice {
    guard let choice = LogTailChoice(rawValue: text) else {
        throw ModelFault(.invalid, "there is no log tail \(quoted(text))", hint: "use off, sampled or all")
    }
    return choice
}

func checkedCallerIdentity(_ text: String) throws(ModelFault) -> CallerIdentityPlace {
    guard let place = CallerIdentityPlace(rawValue: text) else {
        throw ModelFault(
            .invalid,
            "there is no place \(quoted(text)) for the caller's identity",
            hint: "use none, client-context or meta"
        )
    }
    return place
}

func checkedFlag(_ text: String, _ name: String) throws(ModelFault) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default:
        throw ModelFault(.invalid, "\(quoted(text)) is not a value for \(name)", hint: "use true or false")
    }
}
