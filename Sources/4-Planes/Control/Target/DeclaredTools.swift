import AWS
import Contracts
import JSON
import Model
import Policy
import Text

/// Tools as an operator declares them: a JSON array of definitions, as in the answer to `tools/list`.
///
/// A declared tool may also have a member `function`: the name or ARN of the tool's own Lambda function. A tool without
/// an `inputSchema` takes any arguments.
struct DeclaredTools {
    /// The definitions without the member `function`, each with a schema.
    let list: ToolList
    /// [a tool's own name] → its function's name or ARN
    let functions: [String: String]

    init(_ text: String) throws(ContractError) {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: text) } catch {
            throw .badAnswer("it is not JSON: \(error.description)")
        }
        var functions: [String: String] = [:]
        var bytes = Array(text.utf8)
        if case .array(let entries) = value {
            var definitions: [JSONValue] = []
            for (index, entry) in entries.enumerated() {
                guard case .object(var definition) = entry else {
                    definitions.append(entry)
                    continue
                }
                let function = try Self.takeFunction(from: &definition, index: index)
                if definition["inputSchema"] == nil { definition["inputSchema"] = Self.openSchema }
                if let function, let name = definition["name"]?.stringValue, functions[name] == nil {
                    functions[name] = function
                }
                definitions.append(.object(definition))
            }
            bytes = Array(JSONValue.array(definitions).text.utf8)
        }
        list = try Contract.mcpWrapper.readToolList(bytes, payload: 0..<bytes.count)
        self.functions = functions
    }

    private static func takeFunction(
        from definition: inout JSONObject,
        index: Int
    ) throws(ContractError) -> String? {
        guard let value = definition["function"] else { return nil }
        definition["function"] = nil
        if value.isNull { return nil }
        let place = "tool \(index + 1)\(definition["name"]?.stringValue.map { " (\(quoted($0)))" } ?? "")"
        guard let function = value.stringValue else {
            throw .badAnswer("\(place): function must be a string")
        }
        do throws(FunctionNameError) { _ = try FunctionName(function) } catch {
            throw .badAnswer(
                "\(place): \(quoted(function)) is not a function: \(HiddenCharacters.shown(error.reason))"
            )
        }
        return function
    }

    /// The schema of a tool whose arguments nobody has described.
    static let openSchema: JSONValue = ["type": "object"]

    /// The declared tools, followed by plain functions as tools that take any arguments.
    /// - Parameters:
    ///   - text: a JSON array; empty for none.
    ///   - functions: `NAME=FUNCTION`, or a function alone, whose tool is then named after it.
    static func json(_ text: String, adding functions: [String]) throws(ModelFault) -> String {
        var tools: [JSONValue] = []
        if !text.isEmpty {
            let parsed = Result { () throws(JSONError) in try JSONValue(parsing: text) }
            guard case .success(.array(let declared)) = parsed else {
                throw ModelFault(
                    .invalid,
                    "the declared tools are not a JSON array",
                    hint: "give a JSON array of tool definitions, as a tools/list answer has them"
                )
            }
            tools = declared
        }
        var known: [String: String] = [:]
        for text in functions {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let function = String(parts.last ?? "")
            let name = parts.count == 2 ? String(parts[0]) : FunctionToolName.make(of: function)
            guard !name.isEmpty, !function.isEmpty else {
                throw ModelFault(
                    .invalid,
                    "\(quoted(text)) declares no tool",
                    hint: "give NAME=FUNCTION, such as convert=currency-converter"
                )
            }
            if let other = known.updateValue(function, forKey: name) {
                throw ModelFault(
                    .invalid,
                    "the functions \(quoted(other)) and \(quoted(function)) would both be the tool \(quoted(name))",
                    hint: "name one of them, as in \(name)_2=FUNCTION"
                )
            }
            tools.append([
                "name": .string(name), "function": .string(function), "inputSchema": openSchema,
            ])
        }
        return JSONValue.array(tools).text
    }
}

extension TargetSpec {
    /// The functions that serve the target's tools, each once: the target's own, if it has one, then the tools' own.
    package var functions: [String] {
        var all = function.isEmpty ? [] : [function]
        guard let toolsJSON, let declared = try? DeclaredTools(toolsJSON) else { return all }
        var known = Set(all)
        for tool in declared.list.tools {
            if let own = declared.functions[tool.name], known.insert(own).inserted { all.append(own) }
        }
        return all
    }
}
