import Config
import Control
import HTTPClient
import Text

/// Which server a command works on, and what chose it.
struct ServerChoice: Sendable {
    enum Origin: Sendable, Equatable {
        /// An option of the command line.
        case option
        case variable(String)
        /// The contexts' file.
        case current
    }

    /// The URL when no context is used; nil when there is a context.
    private let givenURL: String?
    let context: ServerContext?
    let origin: Origin
    /// PEM with the only authorities to trust.
    let caFile: String?

    static let urlVariable = "MCP_GATEWAY_URL"
    static let contextVariable = "MCP_GATEWAY_CONTEXT"

    /// The first of these that is set: --url, --context, --config, MCP_GATEWAY_URL, MCP_GATEWAY_CONTEXT, the current
    /// context.
    ///
    /// The contexts' file is read only when it is needed.
    /// - Returns: nil for the store on this machine.
    /// - Throws: `UsageError` for options that contradict each other; other errors when a context can't be read.
    static func make(_ words: ParsedWords, _ environment: [String: String]) throws -> ServerChoice? {
        // For `call`, --url is the endpoint for agents, which contexts don't override.
        let isAdmin = words.usage.reach == .adminAPI
        let (url, name) = (words.option(.url), words.option(.context))
        let caFile = words.option(.ca)
        if let name { try ServerContext.check(name: name) }
        if url != nil, name != nil { throw UsageError("--url and --context name two servers; give one") }
        if words.option(.config) != nil,
            let word = url.map({ _ in "--url" }) ?? name.map({ _ in "--context" }),
            name != ServerContext.here
        {
            throw UsageError("--config is for this machine, and \(word) for another; give one")
        }
        if url != nil, !isAdmin { return nil }
        let choice = try find(url, name, isConfigured: words.option(.config) != nil, environment)
        guard let choice else {
            if caFile != nil, isAdmin { throw UsageError("--ca goes with --url or with a context") }
            return nil
        }
        return ServerChoice(
            givenURL: choice.url,
            context: choice.context,
            origin: choice.origin,
            caFile: caFile ?? choice.context?.caFile
        )
    }

    private static func find(
        _ url: String?,
        _ name: String?,
        isConfigured: Bool,
        _ environment: [String: String]
    ) throws -> (url: String?, context: ServerContext?, origin: Origin)? {
        func named(_ name: String, _ origin: Origin) throws -> (String?, ServerContext?, Origin)? {
            if name == ServerContext.here { return nil }
            return (nil, try ContextFile.load(environment).context(name), origin)
        }
        if let url { return (url, nil, .option) }
        if let name { return try named(name, .option) }
        if isConfigured { return nil }
        if let url = value(urlVariable, environment) { return (url, nil, .variable(urlVariable)) }
        if let name = value(contextVariable, environment) {
            return try named(name, .variable(contextVariable))
        }
        let file = try ContextFile.load(environment)
        return try file.current.map { (nil, try file.context($0), .current) }
    }

    private static func value(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].map { OutsideValue.trimmed($0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// For people: the context's name, or the URL.
    var description: String { context.map { "context \($0.name)" } ?? givenURL ?? "" }

    /// The name of the address in errors.
    private var label: String {
        if let context { return "the url of context \(context.name)" }
        return origin == .option ? "--url" : Self.urlVariable
    }

    /// The address of the admin API.
    func adminEndpoint() throws -> Endpoint {
        guard let url = context.map({ $0.url }) ?? givenURL else {
            throw CommandFailure(
                "\(description) has no admin listener's URL",
                hint: "give it with `mcp-gateway context add`, or say --context"
            )
        }
        return try RemotePlace.endpoint(url, label)
    }

    /// The token for this server; it is never sent to another one.
    func token(_ environment: [String: String]) throws -> String {
        guard let context else {
            let name = RemotePlace.tokenName
            guard let text = environment[name] else {
                throw CommandFailure(
                    "there is no admin token",
                    hint: "set \(name); `mcp-gateway admin-token issue` on the server's host makes one"
                )
            }
            return try adminToken(text, from: name)
        }
        guard let source = context.token else {
            throw CommandFailure(
                "context \(context.name) doesn't say how its admin token is found",
                hint: "`mcp-gateway context add --help` has the ways"
            )
        }
        return try adminToken(
            try source.read(environment: environment),
            from: "the token of context \(context.name)"
        )
    }

    /// The warning before a change on a server that no word of the command line names; nil if one does.
    func warning(_ endpoint: Endpoint) -> String? {
        let name = context.map { ", context \($0.name)" } ?? ""
        switch origin {
        case .option: return nil
        case .variable(let variable): return "note: this goes to \(endpoint)\(name), as \(variable) says"
        case .current:
            return "note: this goes to \(endpoint)\(name), which is current; `--context here` is this machine"
        }
    }
}
