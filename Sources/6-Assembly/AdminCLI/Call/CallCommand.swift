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

    static let usage = Usage(
        path: ["call"],
        summary: "Calls a tool through a running gateway, as an agent would, and prints its result.",
        operands: [
            .init(name: "tool", summary: "its exposed name, target___tool", offer: .tools),
            .init(name: "arguments", summary: "a JSON object; {} when left out", isOptional: true),
        ],
        options: [
            keyFileOption,
            urlOption,
            timeoutOption,
        ],
        details:
            "Exit status 1 when the tool, or the gateway, answers with an error. -o json prints the raw result.",
        example: """
            export MCP_GATEWAY_KEY=$(mcp-gateway key issue team-a)
            mcp-gateway call time___get_current_time '{"timezone":"Europe/Berlin"}'
            """,
        reach: .thisMachine
    )

    let tool: String
    let arguments: String
    let keyFile: String?
    let url: String?
    let timeout: Duration

    init(_ words: ParsedWords) throws {
        tool = try words.required(0)
        arguments = words.operand(1) ?? "{}"
        keyFile = words.option(Self.keyFileOption)
        url = words.option(Self.urlOption)
        if let url, Endpoint(url: url) == nil {
            throw UsageError("--url is no URL of the form http[s]://host[:port]/mcp")
        }
        let text = words.option(Self.timeoutOption) ?? "60s"
        guard let timeout = DurationText.parse(text),
            (Duration.seconds(1)...Duration.seconds(900)).contains(timeout)
        else {
            throw UsageError("--timeout must be 1s to 15m, such as 60s")
        }
        self.timeout = timeout
        guard (1...1_024).contains(tool.utf8.count) else {
            throw UsageError("<tool> must have 1 to 1024 bytes")
        }
        let parsed: JSONValue
        do throws(JSONError) {
            parsed = try JSONValue(parsing: arguments)
        } catch {
            throw UsageError("<arguments> are no JSON: \(error.description)")
        }
        guard parsed.objectValue != nil else {
            throw UsageError("<arguments> must be a JSON object, such as '{\"timezone\":\"UTC\"}'")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let request = MCPCallRequest(tool: tool, arguments: arguments, key: try readKey(session))
        let endpoint = try endpoint(session)
        if endpoint.scheme == .http, !isLoopback(endpoint.host) {
            session.err.write("warning: the key travels unencrypted to \(endpoint.host); use an https URL\n")
        }
        let timeout = timeout
        let response = try session.withNetwork { _, transport in
            do throws(HTTPClientError) {
                return try await transport.send(request.outbound(to: endpoint, timeout: timeout))
            } catch {
                throw CommandFailure(
                    "no answer from \(endpoint): \(error.description)",
                    hint: "is the gateway running? `mcp-gateway doctor` looks"
                )
            }
        }
        return try MCPCallAnswer(response).show(session)
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

    private func endpoint(_ session: Session) throws -> Endpoint {
        if let url {
            guard let endpoint = Endpoint(url: url) else {
                throw CommandFailure("--url is no URL of the form http[s]://host[:port]/mcp")
            }
            return endpoint
        }
        let config = try session.loadConfig(needing: .only(["agents", "tls"])).config
        guard config.agents.listen.port != 0 else {
            throw CommandFailure(
                "agents.listen has port 0, so the port is chosen at start",
                hint: "give --url"
            )
        }
        let scheme = config.tls == nil ? "http" : "https"
        guard let endpoint = Endpoint(url: "\(scheme)://\(config.agents.listen.reachable())/mcp") else {
            throw CommandFailure("agents.listen, \(config.agents.listen), makes no URL", hint: "give --url")
        }
        return endpoint
    }
}

/// Whether only this machine sees what is sent to that host.
func isLoopback(_ host: String) -> Bool { ListenAddress(host: host, port: 0).isLoopback }
