import AdminAPI
import Bytes
import Calendar
import Config
import Control
import HTTPClient
import JSON
import REST
import System
import Text

struct CallCommand: Command {
    private static let keyFileOption = Usage.Option(
        name: "--key-file",
        value: "FILE",
        summary: "a file that holds the key; MCP_GATEWAY_KEY otherwise",
        offer: .file
    )
    private static let urlOption = Usage.Option(
        name: "--url",
        value: "URL",
        summary: "the gateway's MCP endpoint; the one of agents.listen otherwise"
    )
    private static let timeoutOption = Usage.Option(
        name: "--timeout",
        value: "60s",
        summary: "how long to wait for the answer"
    )

    private static let listOption = Usage.Option(
        name: "--list",
        value: nil,
        summary: "show the tools that the key sees, or one with its arguments, and call nothing"
    )

    static let usage = Usage(
        path: ["call"],
        summary: "Calls a tool through a running gateway, as an agent would, and prints its result.",
        operands: [
            .init(name: "tool", summary: "its exposed name, target___tool", isOptional: true, offer: .tools),
            .init(
                name: "arguments",
                summary: "a JSON object, @FILE or - for standard input; then key=value, or key:=json",
                isOptional: true,
                isRepeatable: true
            ),
        ],
        options: [
            listOption,
            keyFileOption,
            urlOption,
            timeoutOption,
        ],
        details: """
            key=value is a text, or what the tool's schema says that the key takes: a number, true, a list. key:=json is
            that JSON. Keys are the tool's own words: a.b is one of them. What is given so goes over the document.
            Exit status 1 when the tool, or the gateway, answers with an error. -o json prints the raw result.
            """,
        example: """
            export MCP_GATEWAY_KEY=$(mcp-gateway key issue team-a)
            mcp-gateway call --list
            mcp-gateway call time___get_current_time timezone=Europe/Berlin
            mcp-gateway call time___get_current_time '{"timezone":"Europe/Berlin"}'
            """,
        reach: .agents
    )

    let tool: String?
    let arguments: CallArguments
    let isListing: Bool
    let keyFile: String?
    let url: String?
    let timeout: Duration

    init(_ words: ParsedWords) throws {
        tool = words.operand(0)
        isListing = words.flag(Self.listOption)
        arguments = try CallArguments(words.operands(from: 1))
        keyFile = words.option(Self.keyFileOption)
        url = words.option(Self.urlOption)
        if let url, Endpoint(url: url) == nil {
            throw UsageError("--url is not a URL of the form http[s]://host[:port]/mcp")
        }
        let text = words.option(Self.timeoutOption) ?? "60s"
        guard let timeout = DurationText.parse(text),
            (Duration.seconds(1)...Duration.seconds(900)).contains(timeout)
        else {
            throw UsageError("--timeout must be 1s to 15m, such as 60s")
        }
        self.timeout = timeout
        if isListing {
            guard words.operand(1) == nil else { throw UsageError("--list takes at most one tool") }
            return
        }
        guard let tool else {
            throw UsageError("<tool> is missing: \(Self.usage.operands[0].summary); --list shows them")
        }
        guard (1...1_024).contains(tool.utf8.count) else {
            throw UsageError("<tool> must have 1 to 1024 bytes")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let key = try readKey(session)
        let place = try session.agentsPlace(url, "--url")
        if place.endpoint.scheme == .http, !isLoopback(place.endpoint.host) {
            session.err.write(
                "warning: the key travels unencrypted to \(place.endpoint.host); use an https URL\n"
            )
        }
        if isListing { return try list(session, place, key) }
        guard let tool else { return 64 }
        if url == nil, let note = session.server?.warning(place.endpoint) {
            session.err.write("\(safe(note))\n")
        }
        let (arguments, timeout) = (arguments, timeout)
        // Standard input is read to its end before anything is connected.
        let plain = arguments.needsSchema ? nil : try arguments.text(schema: nil)
        let response = try session.withAgents(place) { transport in
            let catalog = ToolCatalog(
                session: session,
                place: place,
                transport: transport,
                key: key,
                timeout: timeout
            )
            let text: String
            if let plain {
                text = plain
            } else {
                let schema = try await catalog.tool(tool)?["inputSchema"]
                text = try arguments.text(schema: schema)
            }
            let request = MCPRequest(calling: tool, text, key: key)
            do throws(HTTPClientError) {
                return try await transport.send(request.outbound(to: place.endpoint, timeout: timeout))
            } catch {
                throw session.failure(error, at: place)
            }
        }
        return try MCPCallAnswer(response).show(session)
    }

    private func list(_ session: Session, _ place: AgentsPlace, _ key: String) throws -> Int32 {
        let (tool, timeout) = (tool, timeout)
        let tools = try session.withAgents(place) { transport in
            try await ToolCatalog(
                session: session,
                place: place,
                transport: transport,
                key: key,
                timeout: timeout
            ).read(upTo: tool)
        }
        guard let tool else {
            var table = Table(Heading("TOOL").whole, "DESCRIPTION")
            for tool in tools {
                let about = tool["description"]?.stringValue ?? tool["title"]?.stringValue
                table.add(
                    cells: [.text(tool["name"]?.stringValue ?? ""), about.map { .prose($0) } ?? .nothing],
                    nowMs: session.nowMs()
                )
            }
            session.answer(
                ["tools": .array(tools)],
                table,
                ifEmpty:
                    "the key sees no tools; `mcp-gateway permission explain TENANT TOOL` says why one isn't there"
            )
            return 0
        }
        guard let found = tools.first(where: { $0["name"]?.stringValue == tool }) else {
            let near = nearestName(to: tool, in: tools.compactMap { $0["name"]?.stringValue })
            throw CommandFailure(
                "the key sees no tool \(quoted(tool))\(near.map { "; did you mean \(safe($0))?" } ?? "")",
                hint: "an operator sees why with `mcp-gateway permission explain TENANT TOOL`"
            )
        }
        session.answer(found, text: Self.text(of: found))
        return 0
    }

    /// A tool's definition for people.
    private static func text(of tool: JSONValue) -> String {
        let description = tool["description"]?.stringValue ?? tool["title"]?.stringValue
        return safe(tool["name"]?.stringValue ?? "") + "\n"
            + (description.map { "\n\(safeLines($0))\n" } ?? "")
            + "\nArguments:\n\(prettyText(tool["inputSchema"] ?? [:]))\n"
    }

    private func readKey(_ session: Session) throws -> String {
        var key = session.environment["MCP_GATEWAY_KEY"] ?? ""
        if let keyFile {
            do throws(FileError) {
                key = String(decoding: try Files.read(keyFile, bytesMax: 4_096), as: UTF8.self)
            } catch {
                throw CommandFailure("the key file can't be read: \(error)")
            }
        }
        key = OutsideValue.trimmed(key)
        guard !key.isEmpty else {
            throw CommandFailure(
                "there is no key",
                hint: "set MCP_GATEWAY_KEY, or use --key-file; `mcp-gateway key issue` makes one"
            )
        }
        guard key.utf8.count <= 1_024, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure(
                "\(keyFile == nil ? "MCP_GATEWAY_KEY" : "the key file") holds characters that no key has",
                hint: "give the key alone, on one line"
            )
        }
        return key
    }
}

/// Whether requests to that host stay on this machine.
func isLoopback(_ host: String) -> Bool { ListenAddress(host: host, port: 0).isLoopback }
