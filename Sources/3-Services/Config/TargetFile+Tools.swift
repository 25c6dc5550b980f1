import Contracts
import JSON
import System
import TOML
import Text

extension TargetFile {
    /// The most `[[tool]]` entries of a file.
    package static let toolsMax = 1_000
    /// The largest file with a tool's schema, in bytes.
    package static let schemaBytesMax = 256 * 1024

    /// The declarations in a file's `[[tool]]` entries.
    struct Tools {
        /// The definitions, a JSON array; `nil` when there are none.
        var json: String?
        /// The functions that tools name for themselves, with the file's members that name them.
        var functions: [(text: String, member: TOMLTable.Member)] = []
        /// Whether there are any entries, valid or not.
        var areThere = false
    }

    private static let toolKeys = ["name", "function", "schema", "description"]

    /// Reads `[[tool]]`: `name`, `function`, `schema` (an inline table, or a JSON file's path) and `description`.
    /// - Parameter hasFunction: whether the target has a function for tools that name none.
    static func readTools(_ reader: inout SettingsReader, folder: String, hasFunction: Bool) -> Tools {
        var tools = Tools()
        let tables = reader.tables("tool")
        guard !tables.isEmpty else { return tools }
        tools.areThere = true
        guard tables.count <= toolsMax else {
            let line = reader.root.member("tool")?.location.line ?? 0
            reader.refuse("tool", line: line, "has \(tables.count) entries; at most \(toolsMax) are allowed")
            return tools
        }
        var definitions: [JSONValue] = []
        var names: [String: Int] = [:]
        for (value, table) in tables {
            guard let definition = readTool(&reader, value, table, folder, hasFunction, &tools) else {
                continue
            }
            let name = definition["name"]?.stringValue ?? ""
            if let line = names[name] {
                let message = "has the name \(brief(name)), which the one in line \(line) has already"
                reader.refuse(value.path, line: value.location.line, message)
            }
            names[name] = names[name] ?? value.location.line
            definitions.append(.object(definition))
        }
        tools.json = JSONValue.array(definitions).text
        return tools
    }

    /// The definition; nil if the tool's name can't be determined.
    private static func readTool(
        _ reader: inout SettingsReader,
        _ value: TOMLValue,
        _ table: TOMLTable,
        _ folder: String,
        _ hasFunction: Bool,
        _ tools: inout Tools
    ) -> JSONObject? {
        for member in table.members where !toolKeys.contains(member.key) {
            let hint = nearestName(to: member.key, in: toolKeys).map { "; did you mean \"\($0)\"?" }
            reader.refuse(
                member,
                "unknown key\(hint ?? "; [[tool]] has \(toolKeys.joined(separator: ", "))")"
            )
        }
        var faults: [(TOMLTable.Member, String)] = []
        func read<Value>(_ key: String, _ form: SettingForm<Value>) -> Value? {
            guard let member = table.member(key) else { return nil }
            do throws(Refusal) { return try form.fromFile(member.value) } catch {
                faults.append((member, error.message))
                return nil
            }
        }
        let function = read("function", .string(checkFunction))
        let name = read("name", .string(checkToolName))
        let description = read("description", .string(checkDescription))
        let schema = read("schema", .toolSchema(in: folder))
        for (member, message) in faults { reader.refuse(member, message) }
        if let function, let member = table.member("function") { tools.functions.append((function, member)) }
        let isNamed = table.member("name") != nil
        if table.member("function") == nil, !isNamed || !hasFunction {
            let message =
                isNamed
                ? "has no function, and neither has [target]; name the Lambda function or its ARN"
                : "has neither a name nor a function after which it could be named"
            reader.refuse(value.path, line: value.location.line, message)
        }
        guard let called = name ?? (isNamed ? nil : function.map { FunctionToolName.make(of: $0) }) else {
            return nil
        }
        var definition = JSONObject([("name", .string(called))])
        if let description { definition["description"] = .string(description) }
        definition["inputSchema"] = schema ?? ["type": "object"]
        if let function { definition["function"] = .string(function) }
        return definition
    }
}

private func checkToolName(_ text: String) -> String? {
    (1...256).contains(text.utf8.count) ? nil : "must have 1 to 256 bytes"
}

extension SettingForm where Value == JSONValue {
    /// A JSON Schema for an object: an inline table, or the path of a JSON file inside the folder.
    static func toolSchema(in folder: String) -> Self {
        Self(
            fromFile: { value throws(Refusal) in
                switch value.content {
                case .table: return try json(value)
                case .string(let path): return try schema(at: path, in: folder)
                default: throw Refusal("must be a table or a JSON file's path, not \(value.kindInWords)")
                }
            },
            fromText: { _ throws(Refusal) in throw Refusal("can't be set from the environment") },
            show: { $0.text }
        )
    }

    private static func schema(at path: String, in folder: String) throws(Refusal) -> JSONValue {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }),
            !parts.contains(".."), parts.first?.isEmpty == false
        else {
            throw Refusal("must be the path of a JSON file below the target's folder, not \(brief(path))")
        }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try Files.read(Files.resolve(path, in: folder), bytesMax: TargetFile.schemaBytesMax)
        } catch {
            throw Refusal("names \(brief(path)), which can't be read: \(error.reason)")
        }
        let schema: JSONValue
        do throws(JSONError) { schema = try JSONValue(parsing: bytes.span) } catch {
            throw Refusal("names \(brief(path)), which is not JSON: \(error.description)")
        }
        guard schema.objectValue != nil else {
            throw Refusal("names \(brief(path)), which must hold a JSON object")
        }
        return schema
    }

    /// A TOML value as JSON. Dates and infinities are refused, because JSON has neither.
    private static func json(_ value: TOMLValue) throws(Refusal) -> JSONValue {
        switch value.content {
        case .string(let text): return .string(text)
        case .integer(let number): return .number(String(number))
        case .float(let number):
            guard number.isFinite else { throw Refusal("holds a number that JSON doesn't have") }
            return .double(number)
        case .boolean(let isOn): return .bool(isOn)
        case .dateTime: throw Refusal("holds a date or time, which JSON doesn't have; put it in quotes")
        case .array(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try json(element)) }
            return .array(values)
        case .table(let table):
            var object = JSONObject()
            for member in table.members { object[member.key] = try json(member.value) }
            return .object(object)
        }
    }
}
