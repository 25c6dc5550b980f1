import Bytes
import Contracts
import HTTP
import JSON
import MCP
import Policy

/// The first step of a call that is no tool's: the entry that it names, which the caller may have, and the question to its function.
///
/// The decision is that of tools. Every reason why not has the same answer, but for a token that could with more scopes.
struct EntryResolution {
    private let request: AgentRequest
    private let nowMs: Int64
    private let tokens: (any TokenAuthority)?

    /// - Parameter nowMs: since 1970.
    init(_ request: AgentRequest, nowMs: Int64, tokens: (any TokenAuthority)?) {
        self.request = request
        self.nowMs = nowMs
        self.tokens = tokens
    }

    private var snapshot: Snapshot { request.state.snapshot }
    private var principal: Principal { request.caller.principal }

    func resolve() -> Result<(ResolvedTool, AskedEntry), RPCError> {
        let lists = snapshot.visibleLists(for: principal, nowMs: nowMs)
        guard ServerOffer(lists).has(request.message.method) else { return .failure(request.unknownMethod) }
        do throws(RPCError) {
            switch request.message.method {
            case .promptsGet: return .success(try prompt())
            case .resourcesRead: return .success(try resource())
            default: return .success(try completion())
            }
        } catch {
            return .failure(error)
        }
    }

    // MARK: Prompts

    private func prompt() throws(RPCError) -> (ResolvedTool, AskedEntry) {
        let bytes = request.http.bytes
        guard let name = request.message.name else {
            throw RPCError(.invalidParams, "params.name is missing or not a string.")
        }
        let (index, own) = try prompt(named: name.text(in: bytes.span))
        var params = ByteBuffer(capacity: 64 + (request.message.arguments?.count ?? 0))
        Self.append("name", own, to: &params)
        if let arguments = request.message.arguments {
            try checkTexts(arguments, bytes.span)
            JSON.appendKey("arguments", to: &params)
            params.append(bytes.span.extracting(arguments))
        }
        return (
            ResolvedTool(index: index),
            AskedEntry(FunctionQuestion("prompts/get", params: params, mirrored: own))
        )
    }

    /// The prompt's position, and its own name.
    private func prompt(named name: String) throws(RPCError) -> (index: Int, own: String) {
        let shown = String(String.UnicodeScalarView(name.unicodeScalars.prefix(256)))
        guard let index = snapshot.prompt(named: name.utf8.span) else { throw .unknownPrompt(shown) }
        switch snapshot.authorize(principal, tool: index, nowMs: nowMs) {
        case .allowed: return (index, request.state.tools[index].name)
        case .hidden: throw .unknownPrompt(shown)
        case .outsideScopes:
            throw insufficientScope(index, "the prompt \(shown)") ?? .unknownPrompt(shown)
        }
    }

    /// Source: MCP 2025-11-25 schema, `GetPromptRequestParams`
    private func checkTexts(_ arguments: Range<Int>, _ bytes: Span<UInt8>) throws(RPCError) {
        var wrong: String?
        do throws(JSONError) {
            try JSON.forEachMember(bytes, of: arguments) { member throws(JSONError) in
                if JSON.kind(bytes, at: member.value) != .string { wrong = wrong ?? member.name(in: bytes) }
            }
        } catch {
            throw RPCError(.invalidParams, "params.arguments is refused: \(error.reason.description).")
        }
        if let wrong {
            throw RPCError(.invalidParams, "params.arguments.\(wrong.prefix(64)) must be a string.")
        }
    }

    // MARK: Resources

    /// The URI of a resource that the caller wants to watch, which it must be allowed to read.
    func watched() -> Result<String, RPCError> {
        let lists = snapshot.visibleLists(for: principal, nowMs: nowMs)
        guard ServerOffer(lists, watchesResources: true).has(request.message.method) else {
            return .failure(request.unknownMethod)
        }
        do throws(RPCError) {
            guard let uri = request.message.uri?.text(in: request.http.bytes.span) else {
                throw RPCError(.invalidParams, "params.uri is missing or not a string.")
            }
            _ = try resource(uri)
            return .success(uri)
        } catch {
            return .failure(error)
        }
    }

    /// Whether the caller may read that URI now.
    func allows(_ uri: String) -> Bool {
        do throws(RPCError) {
            _ = try resource(uri)
            return true
        } catch {
            return false
        }
    }

    private func resource() throws(RPCError) -> (ResolvedTool, AskedEntry) {
        guard let uri = request.message.uri?.text(in: request.http.bytes.span) else {
            throw RPCError(.invalidParams, "params.uri is missing or not a string.")
        }
        let (index, own) = try resource(uri)
        var params = ByteBuffer(capacity: own.utf8.count + 16)
        Self.append("uri", own, to: &params)
        let question = FunctionQuestion("resources/read", params: params, mirrored: own)
        return (ResolvedTool(index: index), AskedEntry(question, uri: (uri, own)))
    }

    /// The position of the entry that stands for the URI, and the target's own URI.
    private func resource(_ uri: String) throws(RPCError) -> (index: Int, own: String) {
        let unknown = RPCError.unknownResource(
            String(String.UnicodeScalarView(uri.unicodeScalars.prefix(256))),
            isModern: request.version.isModern
        )
        guard uri.utf8.count <= ResourceURI.bytesMax + 128 else { throw unknown }
        switch snapshot.read(uri, by: principal, nowMs: nowMs) {
        case .allowed(let index, let own): return (index, own)
        case .hidden: throw unknown
        case .outsideScopes(let index): throw insufficientScope(index, "the resource") ?? unknown
        }
    }

    // MARK: Completion

    private func completion() throws(RPCError) -> (ResolvedTool, AskedEntry) {
        let held = request.http.bytes
        let bytes = held.span
        let argument = try member("argument", bytes)
        for name in ["name", "value"] as [StaticString] {
            guard let value = JSON.member(name, of: argument, in: bytes),
                JSON.kind(bytes, at: value) == .string
            else { throw RPCError(.invalidParams, "params.argument.\(name) must be a string.") }
        }
        let reference = try member("ref", bytes)
        func text(_ name: StaticString) throws(RPCError) -> String {
            guard
                let text = JSON.member(name, of: reference, in: bytes).flatMap({ JSON.string(bytes, at: $0) })
            else { throw RPCError(.invalidParams, "params.ref.\(name) must be a string.") }
            return text
        }
        var params = ByteBuffer(capacity: 128 + argument.count)
        JSON.appendKey("ref", to: &params)
        let index: Int
        var own: String
        switch try text("type") {
        case "ref/prompt":
            (index, own) = try prompt(named: try text("name"))
            params.append("{\"type\":\"ref/prompt\"")
            Self.append("name", own, to: &params)
        case "ref/resource":
            (index, own) = try template(try text("uri"))
            params.append("{\"type\":\"ref/resource\"")
            Self.append("uri", own, to: &params)
        default: throw RPCError(.invalidParams, "params.ref.type must be ref/prompt or ref/resource.")
        }
        params.append("}")
        JSON.appendKey("argument", to: &params)
        params.append(bytes.extracting(argument))
        if let context = request.message.params.flatMap({ JSON.member("context", of: $0, in: bytes) }),
            JSON.kind(bytes, at: context) == .object
        {
            JSON.appendKey("context", to: &params)
            params.append(bytes.extracting(context))
        }
        return (
            ResolvedTool(index: index), AskedEntry(FunctionQuestion("completion/complete", params: params))
        )
    }

    private func member(_ name: StaticString, _ bytes: Span<UInt8>) throws(RPCError) -> Range<Int> {
        guard let value = request.message.params.flatMap({ JSON.member(name, of: $0, in: bytes) }),
            JSON.kind(bytes, at: value) == .object
        else { throw RPCError(.invalidParams, "params.\(name) must be an object.") }
        return value
    }

    /// A template by its text; or a resource, which has nothing to complete but may be named.
    private func template(_ text: String) throws(RPCError) -> (index: Int, own: String) {
        if let index = snapshot.template(exposedAs: text, for: principal, nowMs: nowMs) {
            return (index, request.state.tools[index].name)
        }
        return try resource(text)
    }

    // MARK: Parts

    private static func append(_ key: StaticString, _ text: String, to out: inout ByteBuffer) {
        JSON.appendKey(key, to: &out)
        JSON.appendString(text, to: &out)
    }

    private func insufficientScope(_ index: Int, _ what: String) -> RPCError? {
        ResolvedTool.insufficientScope(request.caller, index, tokens, what)
    }
}
