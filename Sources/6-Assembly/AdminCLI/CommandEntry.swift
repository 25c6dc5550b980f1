import AdminAPI
import REST

/// A command of the command line: its usage, and how its words become something to run.
struct CommandEntry: Sendable {
    let usage: Usage
    /// Throws like `Command.init`.
    let parse: @Sendable (ParsedWords) throws -> any RunnableCommand

    /// A command with a file of its own.
    init<Own: Command>(_ type: Own.Type) {
        usage = type.usage
        parse = { words in try Own(words) }
    }

    /// A command that only sends a request to an operation of the admin API and shows the answer.
    init(_ verb: VerbCommand) {
        usage = Usage(verb)
        parse = { words in try DerivedCommand(verb, words) }
    }

    /// The verbs that use the admin API, in the order of its operations: derived, or with files of their own.
    /// - Precondition: `own` has one type for each operation that isn't derived.
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
