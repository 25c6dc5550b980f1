import Config

/// The request that the first words of a command line make.
enum CommandRequest {
    case command(CommandEntry, [String])
    case help(HelpPage)
    case misuse(Misuse)

    enum HelpPage {
        case overview
        case noun(String)
        case command(Usage)
    }

    /// Why no command was found.
    enum Misuse {
        /// There are no words at all.
        case nothing
        /// There is only a noun.
        case noVerb(noun: String)
        case unknown(UnknownWord)
    }

    init(_ arguments: [String]) {
        guard let first = arguments.first else {
            self = .misuse(.nothing)
            return
        }
        let rest = Array(arguments.dropFirst())
        switch first {
        case "--help", "-h", "help": self = Self.help(about: rest)
        case "--version", "-V", "-v": self = .command(CommandEntry(VersionCommand.self), rest)
        default: self = Self.command(arguments, first)
        }
    }

    private static func command(_ arguments: [String], _ first: String) -> CommandRequest {
        if let command = AdminCLI.commands.first(where: { arguments.starts(with: $0.usage.path) }) {
            return .command(command, Array(arguments.dropFirst(command.usage.path.count)))
        }
        guard !Help.usages(of: first).isEmpty else { return .misuse(.unknown(UnknownWord(arguments))) }
        guard let verb = arguments.dropFirst().first else { return .misuse(.noVerb(noun: first)) }
        return ["--help", "-h"].contains(verb)
            ? .help(.noun(first)) : .misuse(.unknown(UnknownWord(arguments)))
    }

    private static func help(about words: [String]) -> CommandRequest {
        guard let noun = words.first else { return .help(.overview) }
        if let command = AdminCLI.commands.first(where: { $0.usage.path == words }) {
            return .help(.command(command.usage))
        }
        if words.count == 1, !Help.usages(of: noun).isEmpty { return .help(.noun(noun)) }
        return .misuse(.unknown(UnknownWord(words)))
    }
}

extension Help {
    func text(_ page: CommandRequest.HelpPage) -> String {
        switch page {
        case .overview: overview()
        case .noun(let noun): self.noun(noun) ?? overview()
        case .command(let usage): text(for: usage)
        }
    }

    func text(_ misuse: CommandRequest.Misuse) -> String {
        switch misuse {
        case .nothing: sketch()
        case .noVerb(let noun):
            """
            \(nounSketch(noun) ?? "")
            \(wrapped("Run `mcp-gateway \(noun) <verb> --help` for all about a verb.", to: width))

            """
        case .unknown(let word): text(word)
        }
    }
}
