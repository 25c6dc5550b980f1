import Gateway
import JSON

/// A function behind HTTP events that may want sessions, as stateful MCP servers do.
final class SessionFunction: @unchecked Sendable {  // one loop's thread only
    /// The requests in order, such as `tools/call in s1`.
    private(set) var log: [String] = []
    /// The sessions that are open.
    var open: Set<String> = []
    var wantsSession = true
    /// The answer to `initialize`, in place of a session.
    var initializeAnswer: UpstreamOutcome?
    /// Runs before `initialize` is answered.
    var pause: () async -> Void = {}
    /// The versions that it accepts in a header.
    var versions: Set<String> = ["2025-06-18", "2025-03-26"]
    private var count = 0

    func answer(_ sent: FakeUpstream.Sent) async -> UpstreamOutcome {
        guard let event = try? JSONValue(parsing: sent.payload),
            let message = try? JSONValue(parsing: event["body"]?.stringValue ?? ""),
            let method = message["method"]?.stringValue
        else { return FakeUpstream.answer("null") }
        let session = event["headers"]?["mcp-session-id"]?.stringValue
        log.append("\(method) in \(session ?? "-")")
        let id = message["id"]?.text ?? "null"
        switch method {
        case "initialize":
            await pause()
            if let initializeAnswer { return initializeAnswer }
            count += 1
            open.insert("s\(count)")
            return Self.response(
                #"{"jsonrpc":"2.0","id":\#(id),"result":{"protocolVersion":"2025-03-26","capabilities":{}}}"#,
                #","headers":{"MCP-Session-Id":"s\#(count)"}"#
            )
        case "notifications/initialized": return Self.response("", status: 202)
        default:
            let version = event["headers"]?["mcp-protocol-version"]?.stringValue ?? ""
            guard versions.contains(version) else {
                return Self.refusal(-32600, "Bad Request: Unsupported protocol version: \(version)", 400)
            }
            if wantsSession {
                guard let session else { return Self.refusal(-32600, "Bad Request: Missing session ID", 400) }
                guard open.contains(session) else { return Self.refusal(-32600, "Session not found", 404) }
            }
            let text =
                "ran \(message["params"]?["name"]?.stringValue ?? "") in \(session ?? "none") \(version)"
            return Self.response(
                #"{"jsonrpc":"2.0","id":\#(id),"result":{"content":[{"type":"text","text":"\#(text)"}]}}"#
            )
        }
    }

    static func refusal(_ code: Int, _ text: String, _ status: Int) -> UpstreamOutcome {
        response(
            #"{"jsonrpc":"2.0","id":"server-error","error":{"code":\#(code),"message":"\#(text)"}}"#,
            status: status
        )
    }

    static func response(_ body: String, _ members: String = "", status: Int = 200) -> UpstreamOutcome {
        FakeUpstream.answer(#"{"statusCode":\#(status),"body":\#(JSONValue.string(body).text)\#(members)}"#)
    }
}

/// Holds every task that passes until the gate is opened. One loop's thread only.
final class Gate: @unchecked Sendable {
    private var isOpen = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private var count = 0
    private var watching: [(count: Int, CheckedContinuation<Void, Never>)] = []

    func pass() async {
        count += 1
        let reached = watching.filter { $0.count <= count }
        watching.removeAll { $0.count <= count }
        for (_, watcher) in reached { watcher.resume() }
        if isOpen { return }
        await withCheckedContinuation { held.append($0) }
    }

    /// Returns when that many tasks have come.
    func reached(_ wanted: Int) async {
        if count >= wanted { return }
        await withCheckedContinuation { watching.append((wanted, $0)) }
    }

    func open() {
        isOpen = true
        let all = held
        held = []
        for one in all { one.resume() }
    }
}
