import Bytes
import Contracts
import Crypto
import EventLoop
import Gateway
import HTTP
import JSON
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

/// The keys of the sample snapshot, and an unknown one.
enum Keys {
    static let good = "mgw_good_secret"
    static let other = "mgw_other_secret"
    static let narrow = "mgw_narrow_secret"
    static let revoked = "mgw_revoked_secret"
    static let expired = "mgw_expired_secret"
    static let suspended = "mgw_suspended_secret"
    static let unknown = "mgw_good_wrong"

    static func entry(
        _ id: Int64,
        _ key: String,
        tenant: Int = 0,
        expiresAtMs: Int64? = nil,
        isRevoked: Bool = false,
        allow: [String] = []
    ) -> KeyEntry {
        KeyEntry(
            id: id,
            tenant: tenant,
            prefix: "p",
            hash: digest(key),
            expiresAtMs: expiresAtMs,
            isRevoked: isRevoked,
            allow: allow.compactMap { NamePattern($0) }
        )
    }
}

func digest(_ text: String) -> Digest { SHA256.hash(text) }

/// A small catalog with a tool for every way to be called or hidden.
enum Sample {
    static let targets = [
        TargetEntry(id: 1, name: "time", function: "time-fn", approval: .open),
        TargetEntry(id: 2, name: "rpc", function: "rpc-fn", contract: .jsonrpc, approval: .open),
        TargetEntry(id: 3, name: "off", function: "off-fn", approval: .open, isEnabled: false),
        TargetEntry(id: 4, name: "later", function: "later-fn", contract: .httpV2, approval: .open),
    ]

    static func tool(
        _ target: Int,
        _ name: String,
        _ members: String = "",
        state: ToolEntry.State = .active,
        of targets: [TargetEntry] = targets
    ) -> ToolEntry {
        let definition = #"{"name":"\#(name)","inputSchema":{"type":"object"}\#(members)}"#
        return ToolEntry(
            exposedName: "\(targets[target].name)___\(name)",
            name: name,
            target: target,
            definition: Array(definition.utf8),
            sha256: digest("\(target)" + definition),
            state: state
        )
    }

    static let rich =
        #","title":"Now","icons":[{"src":"data:,"}],"execution":{"taskSupport":"optional"},"#
        + #""outputSchema":{"type":"object","$anchor":"x"},"annotations":{"readOnlyHint":true},"_meta":{"v":1.50},"#
        + #""x-own":[1E2]"#

    /// A tool with a schema of its own, where `tool` uses a plain one.
    static let mirrored: ToolEntry = {
        let definition =
            #"{"name":"query","inputSchema":{"type":"object","properties":"#
            + #"{"region":{"type":"string","x-mcp-header":"Region"},"limit":{"type":"integer","x-mcp-header":"Limit"}}}}"#
        return ToolEntry(
            exposedName: "rpc___query",
            name: "query",
            target: 1,
            definition: Array(definition.utf8),
            sha256: digest(definition)
        )
    }()

    static let tools = [
        tool(0, "now", rich), tool(0, "convert_time"), tool(0, "list", #","outputSchema":{"type":"array"}"#),
        tool(0, "held", state: .quarantined), tool(1, "echo"), mirrored, tool(2, "gone"), tool(3, "soon"),
    ]
    /// The tools that a key without patterns sees, in order.
    static let visible = [
        "later___soon", "rpc___echo", "rpc___query", "time___convert_time", "time___list", "time___now",
    ]

    static let tenants = [
        TenantEntry(id: 1, name: "acme"), TenantEntry(id: 2, name: "idle", state: .suspended),
    ]
    static let keys = [
        Keys.entry(1, Keys.good), Keys.entry(2, Keys.other),
        Keys.entry(3, Keys.narrow, allow: ["time___*"]),
        Keys.entry(4, Keys.revoked, isRevoked: true), Keys.entry(5, Keys.expired, expiresAtMs: 1),
        Keys.entry(6, Keys.suspended, tenant: 1),
    ]

    static func snapshot(version: Int64 = 1, tools: [ToolEntry] = tools, keys: [KeyEntry] = keys) -> Snapshot
    {
        Snapshot(version: version, targets: targets, tools: tools, tenants: tenants, keys: keys, seed: 7)
    }

    /// `count` tools of the target `time`, named so that they are in order of their numbers.
    static func many(_ count: Int) -> [ToolEntry] {
        (0..<count).map { number in
            let digits = "0000\(number)".suffix(5)
            return tool(0, "t\(digits)", #","description":"Tool \#(number)""#)
        }
    }
}

/// A Lambda that answers as the test sets it, and remembers the requests.
final class FakeUpstream: Upstream, @unchecked Sendable {  // one loop's thread only
    struct Sent: Sendable, Equatable {
        let target: String
        let function: String
        let tenant: String?
        let payload: String
        let clientContext: String?
        /// The branch of a route that got the request.
        var branch: Int?
    }

    private(set) var sent: [Sent] = []
    private(set) var recycled: [[UInt8]] = []
    private(set) var cancellations: [Cancellation?] = []
    var respond: (Sent) async -> UpstreamOutcome = { _ in
        FakeUpstream.answer(#"{"content":[{"type":"text","text":"done"}]}"#)
    }

    /// While true, calls get no outcome until they are cancelled or answered by `answerHeld`.
    var holds = false
    /// Whether streams come as a whole, as through a proxy.
    var comeWhole = false
    private(set) var held: [HeldCall] = []

    /// A call that waits, as one at Lambda does.
    final class HeldCall: CancellableWork {
        let call: ToolCall

        init(_ call: ToolCall) { self.call = call }

        func cancel() {
            let failure = UpstreamFailure(
                code: .cancelled,
                message: "The call was cancelled.",
                detail: "cancelled"
            )
            call.received(.failed(failure))
        }

        /// Begins an answer that is streamed.
        func stream() -> FakeStream {
            call.cancellation?.detach(self)
            let stream = FakeStream()
            _ = call.cancellation?.attach(stream)
            call.began(stream)
            return stream
        }

        func answer(_ outcome: UpstreamOutcome? = nil) {
            call.cancellation?.detach(self)
            call.received(outcome ?? FakeUpstream.answer(#"{"content":[{"type":"text","text":"done"}]}"#))
        }
    }

    /// Runs before a call gets its outcome.
    var whileAnswering: (ToolCall) -> Void = { _ in }

    private let loop: EventLoop
    private var turns = VersionTurns()

    init(on loop: EventLoop) { self.loop = loop }

    func invoke(
        _ function: UpstreamFunction,
        as tenant: UpstreamTenant?,
        event: consuming CallEvent,
        for call: ToolCall
    ) {
        var message = Sent(
            target: function.entry.name,
            function: function.name,
            tenant: tenant?.entry.name,
            payload: event.payload.text,
            clientContext: event.clientContext?.text
        )
        if let route = function.entry.invoke.route { message.branch = call.branch(of: route, &turns) }
        sent.append(message)
        cancellations.append(call.cancellation)
        if comeWhole, call.wantsStream { call.willComeWhole() }
        if holds {
            let work = HeldCall(call)
            guard call.cancellation?.attach(work) != false else { return work.cancel() }
            return held.append(work)
        }
        let asked = message
        let told = LoopBound(call, on: loop)
        Task.immediate(executorPreference: loop) {
            let call = told.value
            let outcome = await self.respond(asked)
            self.whileAnswering(call)
            call.received(outcome)
        }
    }

    func recycle(_ bytes: consuming [UInt8]) { recycled.append(bytes) }

    /// A whole HTTP response around a payload, as the client passes it on.
    static func answer(_ payload: String, requestID: String = "req-7", version: String = "$LATEST")
        -> UpstreamOutcome
    {
        var head = "HTTP/1.1 200 OK\r\n"
        var fields = HeaderFields()
        for (name, value) in [("x-amzn-RequestId", requestID), ("X-Amz-Executed-Version", version)] {
            let start = head.utf8.count
            let end = start + name.utf8.count
            head += "\(name): \(value)\r\n"
            let value = end + 2..<end + 2 + value.utf8.count
            fields.append(name: start..<end, value: value, in: Array(head.utf8).span)
        }
        head += "\r\n"
        let bytes = Array((head + payload + "next").utf8)
        let start = head.utf8.count
        return .answered(
            UpstreamAnswer(bytes: bytes, payload: start..<start + payload.utf8.count, fields: fields)
        )
    }

    /// The same result, as each contract's functions send it.
    static func answer(_ result: String, for contract: String) -> UpstreamOutcome {
        if contract == "jsonrpc" { return answer(#"{"jsonrpc":"2.0","id":1,"result":\#(result)}"#) }
        var wrapped = ByteBuffer(#"{"statusCode":200,"body":"#)
        JSON.appendString(result, to: &wrapped)
        wrapped.append("}")
        return answer(wrapped.text)
    }
}

/// A client that a task waits for.
private final class WaitingClient: AgentClient, @unchecked Sendable {  // one loop's thread only
    let callCancellation: Cancellation?
    private let continuation: CheckedContinuation<AgentAnswer, Never>

    init(_ cancellation: Cancellation?, _ continuation: CheckedContinuation<AgentAnswer, Never>) {
        callCancellation = cancellation
        self.continuation = continuation
    }

    func receive(_ answer: consuming AgentAnswer, from endpoint: AgentEndpoint) {
        nonisolated(unsafe) let answer = answer  // the waiting task is on this loop too
        continuation.resume(returning: answer)
    }
}

extension AgentEndpoint {
    /// Serves a request and waits for its answer.
    func answer(_ request: Request, cancellation: Cancellation?) async -> AgentAnswer {
        await withCheckedContinuation { serve(request, for: WaitingClient(cancellation, $0)) }
    }
}

/// An endpoint over a fake Lambda, on the loop of the test.
final class Agents: @unchecked Sendable {  // one loop's thread only
    static let secret = [UInt8](repeating: 9, count: 32)

    let loop: EventLoop
    let upstream: FakeUpstream
    let metrics = GatewayMetrics()
    let endpoint: AgentEndpoint
    var settings: GatewayState.Settings
    private let lines = Lines()

    /// The logged lines.
    private final class Lines: @unchecked Sendable {  // one loop's thread only
        var texts: [String] = []
    }

    init(
        _ loop: EventLoop,
        _ snapshot: Snapshot,
        hosts: [String] = SourceCheck.loopbackHosts,
        origins: [String] = [],
        tokens: (any TokenAuthority)? = nil,
        stateLook: (any StateLook)? = nil,
        loginThrottle: LoginThrottle = LoginThrottle(burst: 1_000_000),
        secret: [UInt8] = Agents.secret,
        bounds: StreamBounds = StreamBounds(),
        recorder: CallRecorder? = nil,
        sessionEnding: (any SessionEnding)? = nil,
        cancelRelay: CancelRelay? = nil,
        questions: ClientQuestions = ClientQuestions(),
        resumable: ResumableStreams = ResumableStreams()
    ) {
        self.loop = loop
        upstream = FakeUpstream(on: loop)
        var settings = GatewayState.Settings(
            identity: ServerIdentity(name: "gateway", version: "1.2", instructions: "Be kind.")
        )
        // Limits have their own tests; in all others they must not apply.
        settings.requestBurst = 1_000_000
        self.settings = settings
        let lines = lines
        endpoint = AgentEndpoint(
            loop: loop,
            state: GatewayState(snapshot, settings: settings, metrics: metrics),
            upstream: upstream,
            sessionSecret: secret,
            sourceCheck: SourceCheck(hosts: hosts, origins: origins),
            loginThrottle: loginThrottle,
            tokens: tokens,
            stateLook: stateLook,
            metrics: metrics,
            log: GatewayLog(threshold: .debug) { level, text, values in
                let shown = values.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
                lines.texts.append("\(level) \(text) \(shown)")
            },
            streamBounds: bounds,
            recorder: recorder,
            sessionEnding: sessionEnding,
            cancelRelay: cancelRelay,
            questions: questions,
            resumable: resumable
        )
    }

    var log: [String] { lines.texts }

    func publish(_ snapshot: Snapshot) {
        endpoint.state = GatewayState(snapshot, settings: settings, metrics: metrics, reusing: endpoint.state)
    }

    /// Sets the time that a legacy batch may take.
    func shortenBatches(toMs ms: Int) {
        settings.batchMs = ms
        endpoint.state = GatewayState(endpoint.state.snapshot, settings: settings, metrics: metrics)
    }

    func send(_ ask: Ask, cancellation: Cancellation? = nil) async throws -> Reply {
        let request = try ask.request()
        let reply = Reply(await endpoint.answer(request, cancellation: cancellation))
        if !reply.body.isEmpty, reply.contentType == "application/json" {
            #expect(throws: Never.self, "\(reply.body.prefix(2000))") {
                try JSON.validate(reply.body.utf8.span)
            }
        }
        return reply
    }

    struct Unexpected: Error {
        let text: String
    }

    /// Opens a stream, which writes into the sink.
    @discardableResult
    func open(_ ask: Ask, _ sink: FakeSink = FakeSink()) async throws -> FakeSink {
        switch await endpoint.answer(try ask.request(), cancellation: nil) {
        case .stream(let opening): opening.attach(to: sink)
        case .resumed(let resumed): resumed.attach(to: sink)
        case .whole(let response): throw Unexpected(text: "\(ask.testDescription): \(Reply(response))")
        case .told: throw Unexpected(text: "\(ask.testDescription): it was told as events")
        }
        return sink
    }

    /// Sends and checks the status.
    @discardableResult
    func expect(
        _ status: Int,
        _ ask: Ask,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Reply {
        let reply = try await send(ask)
        #expect(
            reply.status == status,
            "\(ask.testDescription): \(reply.body)",
            sourceLocation: sourceLocation
        )
        return reply
    }

    /// The id of a new session.
    func session(_ version: String, key: String = Keys.good) async throws -> String {
        let reply = try await send(.initialize(version).by(key))
        return try #require(reply.field("Mcp-Session-Id"))
    }

    /// The value of one line of `/metrics`, e.g. `mcp_gateway_requests_total{kind="modern",status="200"}`.
    func metric(_ name: String) -> String? {
        let line = metricLines.first { $0.hasPrefix(name + " ") }
        return line.map { String($0.dropFirst(name.count + 1)) }
    }

    /// All lines of `/metrics`.
    var metricLines: [String] {
        let figures = ProcessFigures(
            cpuSeconds: 0,
            residentBytes: 0,
            virtualBytes: 0,
            openDescriptors: 0,
            descriptorsMax: 0,
            threads: 1,
            startSeconds: 0
        )
        let text = metrics.render(version: "1", process: figures, catalog: []).text
        return text.split(separator: "\n").map { String($0) }
    }
}

/// Runs `body` on a loop with an endpoint over `snapshot`.
func withAgents(
    _ snapshot: Snapshot = Sample.snapshot(),
    hosts: [String] = SourceCheck.loopbackHosts,
    origins: [String] = [],
    _ body: @escaping @Sendable (Agents) async throws -> Void
) async throws {
    try await withLoop { loop in
        try await body(Agents(loop, snapshot, hosts: hosts, origins: origins))
    }
}
