import Bytes
import JSON

/// An HTTP response of an MCP server with a status outside 200 to 299: its message, and whether the request is worth
/// sending again.
struct HTTPRefusal {
    private let response: HTTPAnswer
    private let message: Unwrapped
    /// Whether `message` is the body; it is empty when the body can't be read.
    private let isReadable: Bool
    private let http: HTTPExchange

    init(_ response: HTTPAnswer, over http: HTTPExchange) {
        self.response = response
        self.http = http
        do throws(ContractError) {
            message = try HTTPEventContract.readBody(response, id: nil).message
            isReadable = true
        } catch {
            // The status says enough.
            message = Unwrapped()
            isReadable = false
        }
    }

    /// The JSON-RPC error in the body.
    private var answered: AnsweredError? {
        guard case .object = message.form, message.members.jsonrpc != nil else { return nil }
        return AnsweredError(message.members, message.bytes.span)
    }

    /// The answer for the agent: the function's own JSON-RPC error, a tool's failure, or the status with its message.
    func callAnswer() throws(ContractError) -> CallAnswer {
        let status = response.status
        guard case .object(let hasResult) = message.form else { return failed() }
        if let error = answered {
            // mcp-lambda-handler reports a tool's failure in this way.
            if JSON.member("errorContent", of: message.members.range, in: message.bytes.span)
                .map({ JSON.kind(message.bytes.span, at: $0) == .array }) == true
            {
                return .made(text: error.message, isError: true)
            }
            if error.code != -32603, hint.isEmpty { return message.relayed(error) }
            return failed()
        }
        if message.members.jsonrpc != nil, hasResult {
            return try message.read(result: message.resultMembers)
        }
        if var failure = message.lambdaError(message.members) {
            failure.status = status
            return CallAnswer([], .failed(failure))
        }
        return failed()
    }

    private func failed() -> CallAnswer {
        let said = words
        let text = said.isEmpty ? "The function answered with status \(response.status)." : said
        return CallAnswer([], .failed(ToolError(text: text, status: response.status, hint: hint)))
    }

    /// The error for the operator.
    var asError: ContractError {
        let said = words
        return .refused(
            "the function answered with status \(response.status)\(said.isEmpty ? "" : ": \(said)")",
            hint: hint
        )
    }

    /// The body's own message; empty when it has none that people can read.
    private var words: String {
        if case .text(let text) = message.form, Self.isPage(text) {
            return Self.title(of: text).map { "\($0) (a web page)" } ?? "a web page"
        }
        return errorText(message)
    }

    private static func isPage(_ text: String) -> Bool {
        let start = text.prefix(200).lowercased()
        return start.hasPrefix("<!doctype") || start.hasPrefix("<html") || start.hasPrefix("<head")
    }

    /// The title of a web page; of a proxy's page, the title says enough.
    private static func title(of page: String) -> String? {
        let start = String(page.prefix(4_000))
        let lower = start.lowercased()
        guard lower.utf8.count == start.utf8.count, let open = lower.firstRange(of: "<title>"),
            let close = lower[open.upperBound...].firstRange(of: "</title>")
        else { return nil }
        let text = readable(String(start[open.upperBound..<close.lowerBound].prefix(200)))
        return text.isEmpty ? nil : text
    }

    // MARK: What to do

    private var isInSession: Bool { http.session?.id != nil }

    /// How to send the request again, if the function has evidently refused it before any tool ran and would accept it
    /// then.
    ///
    /// A tool that has run must not run again, so words count only where no tool writes them: in a JSON-RPC error with
    /// the codes with which MCP servers refuse requests, and in plain text when the request had no session.
    var retry: HTTPReading.Retry? {
        let status = response.status
        guard status == 400 || status == 404, isReadable, !isOfTool else { return nil }
        guard let error = answered else {
            guard case .text = message.form else { return nil }
            if isInSession { return status == 404 ? .withSession : nil }
            return Self.isOfSessions(words) || isOfVersion(words) ? .withSession : nil
        }
        switch error.code {
        case -32022:
            let serves = error.data.map { message.bytes.span.text($0).contains(HTTPSession.modernVersion) }
            return http.session?.isModern != true && serves == true ? .modern : .withSession
        // mcp for Python uses -32600 for all of them; mcp-lambda-handler and mcp for TypeScript use -32000.
        case -32000, -32600:
            if status == 404, isInSession { return .withSession }
            return Self.isOfSessions(error.message) || isOfVersion(error.message) ? .withSession : nil
        // mcp for TypeScript answers this for a session that it doesn't know.
        case -32001: return status == 404 && isInSession ? .withSession : nil
        default: return nil
        }
    }

    /// Whether the session should not be used any more, although the tool may have run: the answer isn't evidently a
    /// refusal.
    ///
    /// Source: MCP 2025-11-25 transports, "Session Management": 404 means that a session has ended
    var isSessionOver: Bool {
        guard isInSession, retry == nil, !isOfTool else { return false }
        switch response.status {
        case 404:
            // These codes stand for an unknown method or tool, bad arguments, or a failure inside a tool.
            guard let code = answered?.code else { return true }
            return !(-32603 ... -32601).contains(code)
        case 400:
            guard case .text = message.form else { return false }
            return Self.isOfSessions(words)
        default: return false
        }
    }

    /// Whether the body shows that a tool has run: it has a result, or the failure of a tool or of the function's code.
    private var isOfTool: Bool {
        guard case .object = message.form else { return false }
        let span = message.bytes.span
        let content = JSON.member("errorContent", of: message.members.range, in: span)
        for member in [message.members.result, content] {
            if let member, JSON.kind(span, at: member) != .null { return true }
        }
        return message.lambdaError(message.members) != nil
    }

    /// Whether a text speaks of a session, or of something that a session settles.
    ///
    /// Source: what mcp for Python and TypeScript, mcp-lambda-handler and mcp-go answer to requests without a session.
    private static func isOfSessions(_ text: String) -> Bool {
        let words = text.lowercased()
        return words.contains("session") || words.contains("not initialized")
            || words.contains("unsupported protocol version")
    }

    /// Whether a text names the version that the request had, and older functions don't know.
    private func isOfVersion(_ text: String) -> Bool {
        http.session?.isModern == true && text.contains(HTTPSession.modernVersion)
    }

    /// What the operator can do; empty when the answer is enough.
    private var hint: String {
        switch response.status {
        case 421:
            return "the function doesn't take the Host header \(http.address.host); "
                + "set http_host of the target to one that it takes"
        case 300...399:
            let place = response.header("location").map { excerpt($0.utf8.span, 0..<$0.utf8.count) }
            return "redirects aren't followed\(place.map { ", this one is to \($0)" } ?? ""); "
                + "set http_path of the target to the path of the function's MCP endpoint"
        case 404 where answered == nil && retry == nil && !isSessionOver, 405:
            return "there is no MCP endpoint at \(http.address.path); set http_path of the target"
        case 401, 403: return "the function asks for a credential, and the gateway sends it none"
        case 406, 415: return "the function takes other content types than MCP's streamable HTTP has"
        case 400: return answered.flatMap { otherContract($0.message) } ?? ""
        default: return ""
        }
    }

    private func otherContract(_ text: String) -> String? {
        guard case .contract(let other)? = OtherContract.behind(status: response.status, text: text),
            !other.isHTTP
        else { return nil }
        return OtherContract.contract(other).hint
    }
}
