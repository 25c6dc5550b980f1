import JSON

/// A program that runs agents, and how it is configured to use the gateway.
enum AgentClient: String, CaseIterable, Sendable {
    case claudeCode = "claude-code"
    case vscode
    case cursor
    case python

    /// The gateway's entry in a client's configuration.
    struct Entry: Sendable {
        /// The gateway's name in the client.
        let name: String
        let url: String
        let key: Key
    }

    /// How the client gets the key.
    enum Key: Sendable {
        /// From the environment.
        case variable(String)
        /// In the configuration itself.
        case text(String)
    }

    /// The client's own file; nil for a program without one. Relative to a project's folder, or to the home folder.
    var file: (path: String, isInHome: Bool)? {
        switch self {
        case .claudeCode: (".mcp.json", false)
        case .vscode: (".vscode/mcp.json", false)
        case .cursor: (".cursor/mcp.json", true)
        case .python: nil
        }
    }

    /// The member of the file that holds the servers.
    var serversMember: String { self == .vscode ? "servers" : "mcpServers" }

    /// Whether the client asks the user for a key that its configuration lacks.
    var asksForKey: Bool { self == .vscode }

    /// The configuration of one server.
    /// Sources: https://code.claude.com/docs/en/mcp, https://cursor.com/docs/mcp,
    /// https://code.visualstudio.com/docs/copilot/reference/mcp-configuration
    func server(_ entry: Entry) -> JSONValue {
        let secret =
            switch entry.key {
            case .text(let key): key
            case .variable(let name):
                switch self {
                case .vscode: "${input:\(Self.inputID(entry))}"
                case .cursor: "${env:\(name)}"
                case .claudeCode, .python: "${\(name)}"
                }
            }
        let headers: JSONValue = ["Authorization": .string("Bearer \(secret)")]
        return self == .cursor
            ? ["url": .string(entry.url), "headers": headers]
            : ["type": "http", "url": .string(entry.url), "headers": headers]
    }

    /// The input that the client has to ask a person for.
    func input(_ entry: Entry) -> JSONValue? {
        guard self == .vscode, case .variable = entry.key else { return nil }
        return [
            "type": "promptString", "id": .string(Self.inputID(entry)),
            "description": .string("Key of \(entry.name), mgw_…"), "password": true,
        ]
    }

    private static func inputID(_ entry: Entry) -> String { "\(entry.name)-key" }

    /// The whole file of a client that has one server.
    func document(_ entry: Entry) -> JSONValue {
        let servers: JSONValue = .object(JSONObject([(entry.name, server(entry))]))
        guard let input = input(entry) else { return .object(JSONObject([(serversMember, servers)])) }
        return .object(JSONObject([("inputs", [input]), (serversMember, servers)]))
    }

    /// The text that a person runs or pastes.
    func text(_ entry: Entry) -> String {
        switch self {
        case .claudeCode: Self.command(entry) + "\n"
        case .vscode, .cursor: prettyText(document(entry)) + "\n"
        case .python: Self.program(entry)
        }
    }

    /// The quotes keep the shell from inserting the key: the variable's name is written.
    private static func command(_ entry: Entry) -> String {
        let secret =
            switch entry.key {
            case .text(let key): key
            case .variable(let name): "${\(name)}"
            }
        // Variables are replaced in a project's file only.
        let scope = if case .variable = entry.key { " --scope project" } else { "" }
        return "claude mcp add --transport http\(scope) \(entry.name) \(shellWord(entry.url)) "
            + "--header 'Authorization: Bearer \(secret)'"
    }

    /// For mcp 1.24 and newer, and for mcp 2, which build on different HTTP libraries.
    private static func program(_ entry: Entry) -> String {
        let secret =
            switch entry.key {
            case .text(let key): jsonText(.string(key))
            case .variable(let name): "os.environ[\"\(name)\"]"
            }
        return """
            import asyncio
            import os

            from mcp import ClientSession
            from mcp.client import streamable_http

            URL = \(jsonText(.string(entry.url)))
            KEY = \(secret)

            # mcp 2 is built on httpx2, mcp 1 on httpx.
            httpx = getattr(streamable_http, "httpx2", None) or streamable_http.httpx


            async def main():
                async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, timeout=60) as http:
                    async with streamable_http.streamable_http_client(URL, http_client=http) as streams:
                        async with ClientSession(streams[0], streams[1]) as session:
                            await session.initialize()
                            for tool in (await session.list_tools()).tools:
                                print(tool.name)


            asyncio.run(main())

            """
    }
}

/// The word quoted so that a POSIX shell reads it back unchanged.
func shellWord(_ text: String) -> String {
    let isPlain =
        !text.isEmpty
        && text.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || "/._-:@%+=,~".utf8.contains($0) }
    return isPlain
        ? text
        : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
