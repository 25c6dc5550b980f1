import REST

struct CompletionCommand: Command {
    static let usage = Usage(
        path: ["completion"],
        summary: "Prints a script that completes command lines in bash or zsh.",
        operands: [
            .init(
                name: "shell",
                summary: "bash or zsh",
                offer: .words(Shell.allCases.map { $0.rawValue })
            )
        ],
        details: """
            It completes commands, options, their words, and the names that the store has, or the server of --url: tenants,
            targets, tools, keys, subscriptions.

            In ~/.bashrc, put `source <(mcp-gateway completion bash)`; in ~/.zshrc, after compinit,
            put `source <(mcp-gateway completion zsh)`.
            """,
        example: "mcp-gateway completion bash",
        hasAnswer: false,
        reach: .thisMachine
    )

    let shell: Shell

    init(_ words: ParsedWords) throws {
        guard let shell = Shell(rawValue: try words.required(0)) else {
            throw UsageError("<shell> is bash or zsh")
        }
        self.shell = shell
    }

    func run(_ session: Session) throws -> Int32 {
        session.out.write(shell.script)
        return 0
    }
}
