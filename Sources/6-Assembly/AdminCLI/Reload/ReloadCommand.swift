import AdminAPI
import Config
import JSON
import REST
import System

struct ReloadCommand: Command {
    static let usage = Usage(
        path: ["reload"],
        summary:
            "Makes the running server read gateway.toml, certificate, credentials and target files again.",
        details: """
            Says what is in force now, what needs a restart, and what is faulty; what is faulty stays as it was.
            Exit status 1 when anything is faulty, or when no server runs on the store.
            """,
        example: "mcp-gateway reload\nmcp-gateway reload --url https://gateway.example:3001"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        if session.server == nil {
            // Opening the store would create the file.
            let path = try session.loadConfig(needing: .only(Session.storeSections)).config.store.path
            guard Files.exists(path) else {
                throw CommandFailure(
                    "no server runs on the store, as there is nothing at \(path)",
                    hint:
                        "when store.path was changed, a SIGHUP reaches the server; the new path needs a restart"
                )
            }
        }
        let answer = try session.ask(Reloads.reload.request)
        let servers = answer.servers
        let lines = servers.map { server in
            servers.count == 1 ? safe(server.text) : "\(safe(server.server)): \(safe(server.text))"
        }
        session.answer(answer.json, text: lines.map { $0 + "\n" }.joined())
        return servers.allSatisfy { $0.ok } ? 0 : 1
    }
}
