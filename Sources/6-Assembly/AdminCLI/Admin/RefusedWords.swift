import JSON
import REST

/// Why the admin API can't take what was asked for: a word of the command line that isn't what is wanted there.
struct RefusedWords: Error, CustomStringConvertible {
    private struct Fault {
        /// As the API calls it.
        let name: String
        let detail: String
    }

    private let faults: [Fault]
    /// What was wrong and what to do, when no values are named.
    let description: String

    /// nil for a refusal of another kind: such words are fine, and what they name isn't there, or stands against it.
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

    /// Whether it's what a file holds that is refused, and no word; `files` are the options that name one.
    func concern(_ files: [String]) -> Bool {
        guard !files.isEmpty else { return false }
        return faults.isEmpty || faults.contains { files.contains("--\($0.name)") }
    }

    /// With each value under the name that it has on the command line.
    func usageError(_ usage: Usage) -> UsageError {
        guard !faults.isEmpty else { return UsageError(safe(description)) }
        let texts = faults.map { fault in
            fault.name.isEmpty ? "the request \(fault.detail)" : "\(usage.word(fault.name)) \(fault.detail)"
        }
        return UsageError(safe(texts.joined(separator: "; ")))
    }

    /// Of `/allow/0` and `query since`.
    private static func name(_ field: String) -> String {
        for place in ["path ", "query "] where field.hasPrefix(place) {
            return String(field.dropFirst(place.count))
        }
        return field.split(separator: "/").first.map { String($0) } ?? ""
    }
}

extension Usage {
    /// `--day-quota` or `<tenant>`, of an argument of the API that is called so.
    fileprivate func word(_ name: String) -> String {
        let option = "--" + name.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
        if options.contains(where: { $0.name == option }) { return option }
        return operands.contains { $0.name == name } ? "<\(name)>" : name
    }
}
