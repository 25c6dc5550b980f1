import JSON
import TOML

extension TargetFile {
    /// One Lambda function that serves tools of the target.
    package struct Function: Sendable, Equatable {
        /// The name or ARN, as it is written in the file.
        package var reference: String
        /// The function's name, without the other parts of an ARN.
        package var name: String
        /// The function's description: the tool's if it serves a tool of its own, else the target's.
        package var description: String
    }

    /// The functions that serve the target's tools, without duplicates: the target's own, then those of `[[tool]]`.
    package var functions: [Function] {
        var all: [Function] = []
        func add(_ reference: String, _ description: String?) {
            let name = functionName(reference)
            guard !all.contains(where: { $0.name == name }) else { return }
            let words = description ?? self.description ?? ""
            all.append(Function(reference: reference, name: name, description: words))
        }
        if !function.isEmpty { add(function, nil) }
        guard let toolsJSON, let tools = try? JSONValue(parsing: toolsJSON).arrayValue else { return all }
        for tool in tools {
            if let own = tool["function"]?.stringValue { add(own, tool["description"]?.stringValue) }
        }
        return all
    }

    /// Reads `[local.handlers]`: a handler for each function that doesn't use the one of `[local]`.
    /// - Parameter functions: the names of the target's functions.
    static func readHandlers(_ reader: inout SettingsReader, functions: [String]) -> [String: String] {
        reader.know("local", "handlers")
        guard let local = reader.table("local") else { return [:] }
        var handlers: [String: String] = [:]
        if let member = local.member("handlers") {
            guard case .table(let table) = member.value.content else {
                reader.refuse(
                    member,
                    "must be a table, written [local.handlers], not \(member.value.kindInWords)"
                )
                return [:]
            }
            for entry in table.members {
                if !functions.contains(entry.key) {
                    let like = nearestName(to: entry.key, in: functions).map { "; did you mean \"\($0)\"?" }
                    reader.refuse(entry, "is not a function of this target\(like ?? "")")
                } else if case .string(let handler) = entry.value.content, !handler.isEmpty {
                    handlers[entry.key] = handler
                } else {
                    reader.refuse(entry, "must be a handler such as \"handler.handler\"")
                }
            }
        }
        let without = functions.filter { handlers[$0] == nil }
        if local.member("handler") == nil, let first = without.first {
            let message =
                functions.count > 1
                ? "is missing: \(first) has no handler in [local.handlers] either"
                : "is missing: [local] needs command and handler"
            reader.refuse("local", "handler", message)
        }
        return handlers
    }
}

/// The name in a function's name or ARN, with or without a qualifier; `reference` must have passed `checkFunction`.
func functionName(_ reference: String) -> String {
    let parts = reference.split(separator: ":", omittingEmptySubsequences: false)
    let place = [3: 2, 4: 2, 7: 6, 8: 6][parts.count] ?? 0
    return String(parts[place])
}
