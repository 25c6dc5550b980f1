import Text

/// A package of PyPI whose MCP server is to become a function: what `--wrap` and `--command` say.
struct WrappedPackage: Sendable {
    /// As pip takes it: `name`, `name[extra]`, `name==1.2.3`.
    let requirement: String
    /// Without extras and version.
    let name: String
    /// `[extra,other]`, as given; empty when there are none.
    private let extras: String

    /// - Throws: for what is no name of a package: an option, a path, a URL.
    init(_ text: String) throws(UsageError) {
        guard
            let match = try?
                #/^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(\[[A-Za-z0-9._, -]+\])?((?:==|~=|>=|<=|<|>)[A-Za-z0-9.*+!<>=~,-]+)?$/#
                .wholeMatch(in: text)
        else {
            throw UsageError(
                "--wrap takes the name of a package, such as mcp-server-time, name[extra] or name==1.2.3, not \(quoted(text))"
            )
        }
        requirement = text
        name = String(match.output.1)
        extras = match.output.2.map { String($0) } ?? ""
    }

    /// The line of requirements.txt for the version that was tried, with the same extras.
    func pinned(to version: String) -> String { "\(name)\(extras)==\(version)" }

    /// What starts the server, as the handler's COMMAND.
    /// - Parameter line: `--command`; nil for the package's console script alone.
    /// - Throws: `CommandFailure` when the package has none, or several.
    func command(_ facts: Packages.Facts, _ line: [String]?) throws -> [String] {
        var words = line ?? []
        let script: (name: String, entry: String)
        if let first = words.first {
            if ["python", "python3"].contains(first) { return ["python"] + words.dropFirst() }
            guard let named = facts.scripts.first(where: { $0.name == first }) else { return words }
            script = named
            words.removeFirst()
        } else {
            script = try onlyScript(facts)
        }
        let halves = script.entry.split(separator: ":").map { String($0) }
        let call = halves.count == 2 ? "\(halves[0]).\(halves[1])()" : "\(halves[0]).main()"
        return ["python", "-c", "import sys, \(halves[0]); sys.exit(\(call))"] + words
    }

    private func onlyScript(_ facts: Packages.Facts) throws -> (name: String, entry: String) {
        func plain(_ name: String) -> String {
            name.lowercased().replacing("_", with: "-").replacing(".", with: "-")
        }
        if let same = facts.scripts.first(where: { plain($0.name) == plain(name) }) { return same }
        if facts.scripts.count == 1 { return facts.scripts[0] }
        if facts.scripts.isEmpty {
            throw CommandFailure(
                "\(facts.name) has no program that could be its MCP server",
                hint: "say how it is started, as in --command \"python -m module\""
            )
        }
        let names = facts.scripts.map { $0.name }.joined(separator: ", ")
        throw CommandFailure(
            "\(facts.name) has several programs: \(names)",
            hint: "choose one with --command"
        )
    }
}

/// The words of a command line, as a shell takes them apart, without anything else that a shell does.
///
/// Spaces part words; quotes of both kinds keep them together; a backslash takes the next character as it is, but not
/// within single quotes.
/// - Throws: for a quote that isn't closed, and for nothing at all.
func shellWords(_ text: String) throws(UsageError) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in text {
        if isEscaped {
            word = (word ?? "") + String(character)
            isEscaped = false
        } else if character == "\\", quote != "'" {
            isEscaped = true
        } else if let open = quote {
            if character == open { quote = nil } else { word = (word ?? "") + String(character) }
        } else if character == "'" || character == "\"" {
            quote = character
            word = word ?? ""
        } else if character == " " || character == "\t" {
            if let done = word { words.append(done) }
            word = nil
        } else {
            word = (word ?? "") + String(character)
        }
    }
    guard quote == nil, !isEscaped else { throw UsageError("--command has a quote or a backslash too many") }
    if let done = word { words.append(done) }
    guard !words.isEmpty else { throw UsageError("--command is empty") }
    return words
}
