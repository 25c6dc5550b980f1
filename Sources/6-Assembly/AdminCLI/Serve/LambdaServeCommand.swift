import Config

struct LambdaServeCommand: Command {
    static let usage = Usage(
        path: ["lambda", "serve"],
        summary: "Runs the local Lambda endpoint alone, with the functions of the target files.",
        example: "mcp-gateway lambda serve --config gateway.toml",
        hasAnswer: false,
        reach: .thisMachine
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        session.lambdaServe(try session.loadConfig(needing: .wholeFile(references: ["local_lambda"])))
    }
}
