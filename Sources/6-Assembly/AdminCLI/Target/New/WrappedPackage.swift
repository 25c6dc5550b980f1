import Text

/// A package from PyPI whose MCP server is to become a function: the values of `--wrap` and `--command`.
struct WrappedPackage: Sendable {
    /// In pip's form: `name`, `name[extra]`, `name==1.2.3`.
    let requirement: String
    /// The name without extras and version.
    let name: String
    /// `[extra,other]`, as given; empty when there are none.
    private let extras: String

    /// - Throws: for a text that isn't a package's name: an option, a path, a URL.
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

    /// The command that starts the server, as the handler's COMMAND.
    /// - Parameter line: the words of `--command`; nil to use the package's console script.
    /// - Throws: `CommandFailure` when the package has no console script, or several.
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

/// Splits a command line into words as a shell does, without any other feature of a shell.
///
/// Spaces separate words; quotes of both kinds keep spaces; a backslash takes the next character literally, except
/// inside single quotes.
/// - Throws: for a quote that isn't closed, and for an empty text.
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
