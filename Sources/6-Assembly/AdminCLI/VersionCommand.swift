import Control
import JSON

struct VersionCommand: Command {
    static let usage = Usage(
        path: ["version"],
        summary: "Prints the version; so does --version.",
        example: "mcp-gateway version",
        reach: .thisMachine
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        session.answer(["version": .string(gatewayVersion)], text: "mcp-gateway \(gatewayVersion)\n")
        return 0
    }
}
