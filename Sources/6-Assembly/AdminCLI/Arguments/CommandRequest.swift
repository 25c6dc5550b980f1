import Config

/// What the first words ask for.
enum CommandRequest {
    case command(CommandEntry, [String])
    case help(String)
    case misuse(String)

    init(_ arguments: [String]) {
        let commands = AdminCLI.commands
        guard let first = arguments.first else {
            self = .misuse(Help.overview())
            return
        }
        if ["--help", "-h", "help"].contains(first) {
            self = Self.help(about: Array(arguments.dropFirst()))
            return
        }
        if first == "--version" {
            self = .command(CommandEntry(VersionCommand.self), Array(arguments.dropFirst()))
            return
        }
        if let command = commands.first(where: { arguments.starts(with: $0.usage.path) }) {
            self = .command(command, Array(arguments.dropFirst(command.usage.path.count)))
            return
        }
        self = Self.unknown(arguments, first)
    }

    private static func help(about words: [String]) -> CommandRequest {
        guard let noun = words.first else { return .help(Help.overview()) }
        if let command = AdminCLI.commands.first(where: { $0.usage.path == words }) {
            return .help(Help.text(for: command.usage))
        }
        if words.count == 1, let text = Help.noun(noun) { return .help(text) }
        return unknown(words, noun)
    }

    private static func unknown(_ words: [String], _ first: String) -> CommandRequest {
        let nouns = AdminCLI.commands.map { $0.usage.path[0] }
        if first.hasPrefix("-") {
            return .misuse(
                "mcp-gateway: options come after the command, as in `mcp-gateway target list --config FILE`\n"
            )
        }
        guard let help = Help.noun(first) else {
            let near = nearestName(to: first, in: nouns).map { "; did you mean \($0)?" } ?? ""
            return .misuse("mcp-gateway: there is no command \(quoted(first))\(near)\n\n\(Help.overview())")
        }
        guard let verb = words.dropFirst().first else { return .misuse(help) }
        if ["--help", "-h"].contains(verb) { return .help(help) }
        let verbs = AdminCLI.commands.map { $0.usage.path }.filter { $0[0] == first }.compactMap {
            $0.dropFirst().first
        }
        let near = nearestName(to: verb, in: verbs).map { "; did you mean \(first) \($0)?" } ?? ""
        let what = verb.hasPrefix("-") ? "a verb is missing" : "there is no \(first) \(quoted(verb))"
        return .misuse("mcp-gateway: \(what)\(near)\n\n\(help)")
    }
}
