import JSON
import REST

/// The admin API's refusal of a request because a word of the command line has a wrong form or value.
struct RefusedWords: Error, CustomStringConvertible {
    private struct Fault {
        /// The API's name of the argument.
        let name: String
        let detail: String
    }

    private let faults: [Fault]
    /// What was wrong and what to do, for a refusal that names no values.
    let description: String

    /// nil for a refusal of another kind, where the words are well-formed but the named thing is missing or in the way.
    init?(_ reply: APIReply) {
        guard [Problem.Kind.malformed.status, Problem.Kind.invalid.status].contains(reply.status) else {
            return nil
        }
        let body = reply.body ?? .null
        faults = (body["errors"]?.arrayValue ?? []).map { fault in
            Fault(
                name: Self.name(fault["field"]?.stringValue ?? ""),
                detail: fault["detail"]?.stringValue ?? "is wrong"
            )
        }
        description = CommandFailure(refusal: reply).description
    }

    /// Whether the refusal concerns the content of a file and not a word; `files` are the options that name files.
    func concern(_ files: [String]) -> Bool {
        guard !files.isEmpty else { return false }
        return faults.isEmpty || faults.contains { files.contains("--\($0.name)") }
    }

    /// The refusal as a misuse of the command line, each value under its name there.
    func usageError(_ usage: Usage) -> UsageError {
        guard !faults.isEmpty else { return UsageError(safe(description)) }
        let texts = faults.map { fault in
            fault.name.isEmpty ? "the request \(fault.detail)" : "\(usage.word(fault.name)) \(fault.detail)"
        }
        return UsageError(safe(texts.joined(separator: "; ")))
    }

    /// The name in fields such as `/allow/0` and `query since`.
    private static func name(_ field: String) -> String {
        for place in ["path ", "query "] where field.hasPrefix(place) {
            return String(field.dropFirst(place.count))
        }
        return field.split(separator: "/").first.map { String($0) } ?? ""
    }
}

extension Usage {
    /// The option or operand for an argument of the API, such as `--day-quota` or `<tenant>`.
    fileprivate func word(_ name: String) -> String {
        let option = "--" + name.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
        if options.contains(where: { $0.name == option }) { return option }
        return operands.contains { $0.name == name } ? "<\(name)>" : name
    }
}
