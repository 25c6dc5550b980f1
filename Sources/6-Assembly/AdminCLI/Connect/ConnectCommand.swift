import AdminAPI
import Config
import HTTPClient
import JSON
import REST
import System

struct ConnectCommand: Command {
    private static let tenantOption = Usage.Option(
        name: "--tenant",
        value: "T",
        summary: "whose key it is; for --issue-key",
        offer: .tenants
    )
    private static let issueOption = Usage.Option(
        name: "--issue-key",
        value: nil,
        summary: "issue a key of that tenant, named after the client, and print it once"
    )
    private static let expiresOption = Usage.Option(
        name: "--expires",
        value: "90d|DAY",
        summary: "how long that key works, or the UTC day it ends at; for ever when left out"
    )
    private static let embedOption = Usage.Option(
        name: "--embed-key",
        value: nil,
        summary:
            "put that key into the configuration itself, in place of printing it; for claude-code with --write"
    )
    private static let variableOption = Usage.Option(
        name: "--key-env",
        value: "NAME",
        summary: "the variable from which the client takes the key; MCP_GATEWAY_KEY when left out"
    )
    private static let nameOption = Usage.Option(
        name: "--name",
        value: "N",
        summary: "what the client calls the gateway; gateway when left out"
    )
    private static let agentsOption = Usage.Option(
        name: "--agents-url",
        value: "URL",
        summary: "the gateway's MCP endpoint; the context's, or that of the settings here, when left out"
    )
    private static let writeOption = Usage.Option(
        name: "--write",
        value: nil,
        summary: "write it into the client's own file, which keeps what else it has"
    )
    private static let fileOption = Usage.Option(
        name: "--file",
        value: "FILE",
        summary: "write it into that file",
        offer: .file
    )

    static let usage = Usage(
        path: ["connect"],
        summary:
            "Prints what connects a client to the gateway, or writes it into the client's configuration.",
        operands: [
            .init(
                name: "client",
                summary: "claude-code, vscode, cursor or python",
                offer: .words(AgentClient.allCases.map { $0.rawValue })
            )
        ],
        options: [
            tenantOption, issueOption, expiresOption, embedOption, variableOption, nameOption, agentsOption,
            writeOption, fileOption,
        ],
        details: """
            The client takes the key from its environment, and vscode asks for it: it's in no file unless --embed-key says so.
            Files: .mcp.json of claude-code and .vscode/mcp.json of vscode in this folder, ~/.cursor/mcp.json of cursor.
            """,
        example: """
            mcp-gateway connect claude-code
            mcp-gateway connect vscode --tenant team-a --issue-key --write
            """
    )

    private let client: AgentClient
    private let tenant: String?
    private let isIssuing: Bool
    private let isEmbedding: Bool
    private let expires: String?
    private let variable: String
    private let name: String
    private let agentsURL: String?
    private let file: String?
    private let isWriting: Bool

    init(_ words: ParsedWords) throws {
        let word = try words.required(0)
        guard let client = AgentClient(rawValue: word) else {
            let near = nearestName(to: word, in: AgentClient.allCases.map { $0.rawValue })
            throw UsageError(
                "the client is claude-code, vscode, cursor or python, not \(quoted(word))"
                    + (near.map { "; did you mean \($0)?" } ?? "")
            )
        }
        self.client = client
        tenant = try words.tenantName(Self.tenantOption)
        isIssuing = words.flag(Self.issueOption)
        isEmbedding = words.flag(Self.embedOption)
        expires = words.option(Self.expiresOption)
        variable = try words.variableName(Self.variableOption) ?? "MCP_GATEWAY_KEY"
        name = words.option(Self.nameOption) ?? "gateway"
        agentsURL = try words.agentsURL(Self.agentsOption)
        file = words.option(Self.fileOption)
        isWriting = words.flag(Self.writeOption) || file != nil
        guard isIssuing || !isEmbedding, isIssuing || expires == nil else {
            throw UsageError("--embed-key and --expires are of a key that --issue-key makes")
        }
        let isName = (1...50).contains(name.utf8.count) && name.utf8.allSatisfy { Self.isWordByte($0) }
        guard isName, name.utf8.first != UInt8(ascii: "-") else {
            throw UsageError("--name is 1 to 50 letters, digits, - and _")
        }
        guard isWriting || !isEmbedding || client != .claudeCode else {
            throw UsageError(
                "--embed-key of claude-code goes with --write or --file: without, the key would be a word of a command line"
            )
        }
        if isWriting, client.file == nil, file == nil {
            throw UsageError("\(word) has no file of its own; --file FILE names one")
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 32) &- 97 < 26 || "-_".utf8.contains(byte)
    }

    func run(_ session: Session) throws -> Int32 {
        let place = try session.agentsPlace(agentsURL, "--agents-url")
        let tenant = tenant ?? session.server?.context?.tenant
        if isIssuing, tenant == nil { throw UsageError("--tenant T is missing: whose key is to be made") }
        let entry = AgentClient.Entry(name: name, url: place.publicURL, key: .variable(variable))
        if isWriting {
            try write(entry, to: try filePath(session), tenant ?? "", session)
        } else {
            let issued = try issue(tenant ?? "", session)
            show(session, told(entry, with: issued), nil, false, issued)
        }
        if place.endpoint.scheme == .http, !isLoopback(place.endpoint.host) {
            session.err.write(
                "warning: the client's key travels unencrypted to \(place.endpoint.host); use an https URL\n"
            )
        }
        return 0
    }

    /// nil when no key is asked for.
    private func issue(_ tenant: String, _ session: Session) throws -> Answer<IssuedKeyForm>? {
        guard isIssuing else { return nil }
        return try session.ask(
            Keys.issue.request {
                $0.tenant = .string(tenant)
                $0.name = .string(client.rawValue)
                $0.expires = expires.map { .string($0) }
            }
        )
    }

    /// The entry to write once there is a key: with `--embed-key`, the one that holds the key.
    private func told(
        _ entry: AgentClient.Entry,
        with issued: Answer<IssuedKeyForm>?
    ) -> AgentClient.Entry {
        guard isEmbedding, let issued else { return entry }
        return AgentClient.Entry(name: name, url: entry.url, key: .text(issued.key))
    }

    /// Writes the file and shows the rest. The file is created before the key is issued. If the key can't be written
    /// into it after all, the key is revoked, as it was shown to nobody.
    private func write(
        _ entry: AgentClient.Entry,
        to path: String,
        _ tenant: String,
        _ session: Session
    ) throws {
        let before = try prepare(path, entry, session)
        func text(_ entry: AgentClient.Entry) throws -> String? {
            guard let before else { return client.text(entry) }
            return try before.merged(client, entry)
        }
        guard try isEmbedding || text(entry) != nil else {
            return show(session, entry, path, false, try issue(tenant, session))
        }
        let draft = try ConfigurationDraft(becoming: path, before)
        let issued = try issue(tenant, session)
        let written = told(entry, with: issued)
        do {
            // A new key always changes the text.
            if let text = try text(written) { try draft.publish(text, holdsSecret: isEmbedding) }
        } catch {
            guard let issued else { throw error }
            throw revoking(issued, after: error, session)
        }
        show(session, written, path, true, issued)
    }

    private func revoking(
        _ issued: Answer<IssuedKeyForm>,
        after error: any Error,
        _ session: Session
    ) -> CommandFailure {
        let prefix = safe(issued.about.prefix)
        do {
            _ = try session.ask(Keys.revoke.request { $0.prefix = .string(prefix) })
            return CommandFailure(
                "\(error)",
                hint: "the key \(prefix), which was made for it, is revoked again"
            )
        } catch let second {
            return CommandFailure(
                "\(error)",
                hint:
                    "and the key \(prefix), which was made for it, goes on, as it can't be revoked: \(second); "
                    + "`mcp-gateway key revoke \(prefix)` stops it"
            )
        }
    }

    /// Reads the client's file if it is JSON, and checks it before a key is issued.
    private func prepare(
        _ path: String,
        _ entry: AgentClient.Entry,
        _ session: Session
    ) throws -> ClientFile? {
        guard client.file != nil else {
            guard !Files.exists(path) else { throw CommandFailure("there is a file \(path) already") }
            return nil
        }
        do {
            let file = try ClientFile(path)
            _ = try file.merged(client, entry)
            return file
        } catch {
            session.out.write(prettyText(client.document(entry)) + "\n")
            throw error
        }
    }

    private func filePath(_ session: Session) throws -> String {
        if let file { return file }
        guard let (path, isInHome) = client.file else { return "" }
        guard isInHome else { return path }
        guard let home = session.environment["HOME"], home.hasPrefix("/") else {
            throw CommandFailure(
                "HOME isn't set, so there is no \(path) in it",
                hint: "--file FILE names a file"
            )
        }
        return "\(home)/\(path)"
    }

    private func show(
        _ session: Session,
        _ entry: AgentClient.Entry,
        _ path: String?,
        _ isChanged: Bool,
        _ issued: Answer<IssuedKeyForm>?
    ) {
        let json: JSONValue = [
            "client": .string(client.rawValue), "name": .string(entry.name), "url": .string(entry.url),
            "file": .optional(path), "changed": .bool(isChanged),
            "config": client.file == nil ? .null : client.document(entry),
            "text": .string(client.text(entry)),
            "keyPrefix": .optional(issued?.about.prefix), "key": .optional(isEmbedding ? nil : issued?.key),
        ]
        let done = path.map { isChanged ? "wrote \(safe($0))\n" : "\(safe($0)) has it already\n" }
        session.answer(json, text: done ?? client.text(entry))
        guard session.format == .table else { return }
        for note in notes(session, issued) { session.err.write(note + "\n") }
    }

    private func notes(_ session: Session, _ issued: Answer<IssuedKeyForm>?) -> [String] {
        var notes: [String] = []
        if let issued {
            let about: Sentence = "key \(issued.about.prefix) of tenant \(issued.about.tenant)"
            notes.append(
                isEmbedding
                    ? "\(about.text) is in \(isWriting ? "the file" : "the lines above, shown this once"): keep it out of version control"
                    : client.asksForKey
                        ? "\(about.text), which \(client.rawValue) asks for; it is not shown again:\n  \(safe(issued.key))"
                        : "\(about.text); it is not shown again:\n  export \(variable)=\(safe(issued.key))"
            )
        } else if client.asksForKey {
            notes.append("\(client.rawValue) asks for the key; `mcp-gateway key issue` makes one")
        } else {
            notes.append("the key is taken from \(variable); `mcp-gateway key issue` makes one")
        }
        if let file = session.caFile {
            let variable = client == .python ? "SSL_CERT_FILE" : "NODE_EXTRA_CA_CERTS"
            notes.append("the client trusts \(safe(file)) when its environment has \(variable)=\(safe(file))")
        }
        return notes
    }
}
