import AdminAPI
import Bytes
import HTTPClient
import JSON
import REST
import System

struct ContextAdd: Command {
    private static let urlOption = Usage.Option(
        name: "--url",
        value: "URL",
        summary: "its admin listener, https://host[:port]"
    )
    private static let agentsOption = Usage.Option(
        name: "--agents-url",
        value: "URL",
        summary: "its endpoint for agents, https://host[:port]/mcp: for call and connect"
    )
    private static let fileOption = Usage.Option(
        name: "--token-file",
        value: "FILE",
        summary: "the admin token is in that file",
        offer: .file
    )
    private static let variableOption = Usage.Option(
        name: "--token-env",
        value: "NAME",
        summary: "the admin token is in that variable of the environment"
    )
    private static let commandOption = Usage.Option(
        name: "--token-command",
        value: "WORD",
        summary: "that program prints the admin token; give it once for each word, no shell reads them",
        isRepeatable: true
    )
    private static let inputOption = Usage.Option(
        name: "--token-stdin",
        value: nil,
        summary:
            "take the admin token from standard input, unseen on a terminal, and keep it in the contexts' file"
    )
    private static let tenantOption = Usage.Option(
        name: "--tenant",
        value: "T",
        summary: "for connect when it isn't told a tenant",
        offer: .tenants
    )
    private static let forceOption = Usage.Option(
        name: "--force",
        value: nil,
        summary: "take the place of the context of that name; nothing of it is kept"
    )

    static let usage = Usage(
        path: ["context", "add"],
        summary:
            "Gives a server a name: where it is, whom to trust, and how the admin token for it is found.",
        operands: [.init(name: "name", summary: "letters, digits, - and _, at most 50")],
        options: [
            urlOption, agentsOption, .ca, fileOption, variableOption, commandOption, inputOption,
            tenantOption,
            forceOption,
        ],
        details: """
            Its token goes to its URL and nowhere else. `context use` makes it the current one.
            The file is ~/.config/mcp-gateway/contexts.toml, or below XDG_CONFIG_HOME, and its owner's alone.
            """,
        example:
            "mcp-gateway context add prod --url https://gateway.example:3001 --token-command pass --token-command gateway",
        reach: .thisMachine
    )

    private let context: ServerContext
    private let takesInput: Bool
    private let isForced: Bool

    init(_ words: ParsedWords) throws {
        let name = try words.required(0)
        try Self.refuseSecrets(words)
        try ServerContext.check(name: name)
        guard name != ServerContext.here else {
            throw UsageError("here is this machine; choose another name")
        }
        var context = ServerContext(name: name)
        context.url = words.option(Self.urlOption)
        if let url = context.url, Endpoint(url: url) == nil {
            throw UsageError("--url is not a URL of the form https://host[:port]")
        }
        context.agentsURL = try words.agentsURL(Self.agentsOption)
        context.caFile = words.option(.ca).map { Files.absolute($0) }
        context.tenant = try words.tenantName(Self.tenantOption)
        takesInput = words.flag(Self.inputOption)
        isForced = words.flag(Self.forceOption)
        let command = words.options(Self.commandOption)
        let sources = [
            words.option(Self.fileOption).map { TokenSource.file(Files.absolute($0)) },
            try words.variableName(Self.variableOption).map { .variable($0) },
            command.isEmpty ? nil : .command(command), takesInput ? .stored(Secret("")) : nil,
        ].compactMap { $0 }
        guard sources.count <= 1 else { throw UsageError("give one way to find the token") }
        context.token = sources.first
        guard context.url != nil || context.agentsURL != nil else {
            throw UsageError("give --url, the admin listener, or --agents-url, or both")
        }
        guard (context.url == nil) == (context.token == nil) else {
            throw UsageError(
                context.url == nil
                    ? "a token is for --url, which is missing"
                    : "say how the admin token is found: --token-file, --token-env, --token-command or --token-stdin"
            )
        }
        self.context = context
    }

    /// Secrets would be stored, and shown by `context show`.
    private static func refuseSecrets(_ words: ParsedWords) throws(UsageError) {
        let single: [Usage.Option] = [urlOption, agentsOption, .ca, fileOption, variableOption, tenantOption]
        let texts =
            single.compactMap { words.option($0) } + words.options(commandOption) + words.operands(from: 0)
        guard !texts.contains(where: { holdsSecret($0) || isSecret($0) }) else {
            throw UsageError("a token is never given on the command line; --token-stdin reads it")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        var context = context
        if let url = context.url { _ = try RemotePlace.endpoint(url, "--url") }
        if let file = context.caFile, Files.status(file)?.kind != .file {
            throw CommandFailure("there is no file \(file)", hint: "--ca takes a PEM file of certificates")
        }
        var file = try ContextFile.load(session.environment)
        guard isForced || !file.has(context.name) else {
            throw CommandFailure(
                "there is a context \(context.name) already",
                hint: "`--force` takes its place"
            )
        }
        if takesInput {
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try SecretInput.read(prompt: "admin token of \(context.name): ", bytesMax: 4_096)
            } catch {
                throw CommandFailure("the token can't be read: \(error)")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            context.token = .stored(Secret(try adminToken(text, from: "standard input")))
        }
        file.put(context)
        try file.save()
        session.answer(
            context.json(isCurrent: file.current == context.name),
            done:
                "added context \(context.name); `--context \(context.name)`, or `mcp-gateway context use \(context.name)`"
        )
        return 0
    }
}

extension ServerContext {
    /// See docs/cli-json.md. Without the token.
    func json(isCurrent: Bool) -> JSONValue {
        [
            "name": .string(name), "current": .bool(isCurrent), "url": .optional(url),
            "agentsUrl": .optional(agentsURL), "ca": .optional(caFile),
            "token": .optional(token?.description), "tenant": .optional(tenant),
        ]
    }
}
