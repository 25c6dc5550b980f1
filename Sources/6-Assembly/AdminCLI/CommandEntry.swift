import AdminAPI
import REST

/// A command of the command line: what it takes, and how its words become something to run.
struct CommandEntry: Sendable {
    let usage: Usage
    /// Throws as `Command.init`.
    let parse: @Sendable (ParsedWords) throws -> any RunnableCommand

    /// A command with a file of its own.
    init<Own: Command>(_ type: Own.Type) {
        usage = type.usage
        parse = { words in try Own(words) }
    }

    /// A command that only asks an operation of the admin API and shows the answer.
    init(_ verb: VerbCommand) {
        usage = Usage(verb)
        parse = { words in try DerivedCommand(verb, words) }
    }

    /// The verbs that ask the admin API, in the order of its operations: derived, or with files of their own.
    /// - Precondition: there is one type in `own` for each operation that leaves its command to the command line.
    static func ofAdminAPI(own: [any Command.Type]) -> [CommandEntry] {
        AdminAPI.commands.map { verb in
            guard verb.isOwn else { return CommandEntry(verb) }
            guard let type = own.first(where: { $0.usage.path == verb.path }) else {
                preconditionFailure("there is no command \(verb.path)")
            }
            return CommandEntry(type)
        }
    }
}
