import Config

struct ServeCommand: Command {
    private static let localOption = Usage.Option(
        name: "--local",
        value: nil,
        summary: "also run the functions of target files here, as a local Lambda"
    )

    static let usage = Usage(
        path: ["serve"],
        summary:
            "Runs the gateway until SIGTERM; SIGHUP reloads, as the verb `reload` does.",
        options: [
            localOption
        ],
        details: "Prints one line when it is ready: ready agents=http://HOST:PORT/mcp admin=http://HOST:PORT",
        example: "mcp-gateway serve --config gateway.toml --local",
        hasAnswer: false,
        reach: .thisMachine
    )

    let isLocal: Bool

    init(_ words: ParsedWords) throws { isLocal = words.flag(Self.localOption) }

    func run(_ session: Session) throws -> Int32 {
        var references: Set = ["aws", "environment", "traces"]
        if isLocal { references.insert("local_lambda") }
        return session.serve(try session.loadConfig(needing: .wholeFile(references: references)), isLocal)
    }
}
