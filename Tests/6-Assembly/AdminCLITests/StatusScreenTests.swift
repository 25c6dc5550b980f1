@testable import AdminCLI
import AdminAPI
import Control
import Model
import Policy
import FoundationEssentials
import JSON
import REST
import Store
import Telemetry
import TestSupport
import Testing

/// The printed screen of `status`. docs/operations.md shows the first one.
struct StatusScreenTests {
    private static let nowMs: Int64 = 1_800_000_000_000
    private static let minute: Int64 = 60_000

    private static var server: ServerStatus {
        var server = ServerStatus(
            name: "host:1",
            version: "0.1.0",
            startedAtMs: nowMs - 3 * 60 * minute - 1,
            isLocal: false
        )
        server.agents = "https://127.0.0.1:3000/mcp"
        server.admin = "http://127.0.0.1:3001"
        return server
    }

    private static func tool(_ metrics: GatewayMetrics, _ target: String, _ tool: String) -> CallMetrics {
        metrics.call(target: target, tool: tool)
    }

    private static func end(_ call: CallMetrics, _ outcome: CallOutcome, _ times: Int, microseconds: UInt64) {
        for number in 0..<UInt64(times) {
            // Durations between one and two times the base; a tenth of the calls are the slowest.
            let spread = number % 10 == 9 ? 2_000 : 1_000 + number % 10 * 20
            call.ended(outcome, ownNanoseconds: 0, upstreamNanoseconds: microseconds * spread)
        }
    }

    /// An hour of calls, with two healthy targets and one that fails.
    private static var calls: [String: CallFigures] {
        let metrics = GatewayMetrics()
        let notes = tool(metrics, "notes", "add"), time = tool(metrics, "time", "now")
        let live: Set = ["notes", "time", "weather-of-the-northern-hemisphere"]
        let weather = tool(metrics, "weather-of-the-northern-hemisphere", "forecast")
        end(notes, .ok, 220, microseconds: 8_000)
        end(time, .ok, 61_000, microseconds: 900)
        end(weather, .ok, 12, microseconds: 740_000)
        metrics.advanceCalls(toMs: 40 * minute, live: live)
        end(notes, .ok, 4, microseconds: 8_000)
        end(notes, .functionError, 14, microseconds: 3_000)
        notes.failed(
            code: "function_error",
            text: "the function failed with KeyError: 'title'; its log has the details, request 60a1f7",
            atMs: nowMs - 31_000
        )
        end(time, .ok, 1_204, microseconds: 900)
        end(time, .toolError, 3, microseconds: 400)
        time.failed(
            code: "tool_error",
            text: "the tool answered with an error of its own",
            atMs: nowMs - 190_000
        )
        metrics.advanceCalls(toMs: 58 * minute, live: live)
        return metrics.callFigures(nowMs: 59 * minute)
    }

    private static func standing(
        _ name: String,
        tools: Int = 3,
        calls: CallFigures? = nil,
        isEnabled: Bool = true
    ) -> TargetStanding {
        TargetStanding(
            TargetEntry(
                id: 1,
                name: name,
                function: "fn",
                isEnabled: isEnabled,
                toolCount: tools,
                health: TargetHealth(refreshedAtMs: nowMs)
            ),
            calls: calls
        )
    }

    private static func print(_ report: StatusReport, width: Int? = 80) -> String {
        StatusScreen(Answer<StatusForm>(Fields<StatusForm>().json(report)), width: width).text
    }

    /// A gateway whose status has most kinds of entries.
    private static func busy() throws -> StatusReport {
        var server = server
        server.calls = calls
        server.needsRestart = ["agents.listen"]
        server.lastReload = .init(atMs: nowMs - 25 * minute, isGood: true, text: "")
        server.certificates = [.init(name: "tls.certificate", atMs: nowMs + 9 * 24 * 60 * minute)]
        var store = StoreStanding()
        store.targets = try ["notes", "time", "weather-of-the-northern-hemisphere", "archive", "search"].map {
            TargetRecord(
                id: 1,
                spec: TargetSpec(name: try TargetName($0), function: "fn"),
                source: .cli,
                isSwitchedOff: false,
                toolCount: 3,
                createdAtMs: 0,
                updatedAtMs: 0,
                revision: 1,
                aliases: [],
                health: TargetHealth(refreshedAtMs: nowMs)
            )
        }
        store.targets[3].health.tools.refusedCount = 1
        store.targets[3].health.tools.refusals = [
            .init(tool: "search-all", member: "inputSchema", reason: "inputSchema.type is not \"object\"")
        ]
        store.pending = [
            SubscriptionRecord(
                id: 12,
                tenant: try TenantName("acme"),
                target: try TargetName("search"),
                state: .pending,
                requestedTools: [],
                approvedTools: [],
                requestReason: "for the weekly report",
                requestedBy: "tenant:acme",
                requestedAtMs: nowMs - 140 * minute,
                revision: 1,
                tenantID: 1
            )
        ]
        return StatusReport(server: server, store: store, atMs: nowMs)
    }

    static let screen = """
        mcp-gateway 0.1.0, up 3 h; 5 targets, 15 tools
        agents https://127.0.0.1:3000/mcp, admin http://127.0.0.1:3001

        problem  target notes: 14 of 18 calls failed in five minutes, the last with
                 function_error; since 60 s
                 → `mcp-gateway target show notes` has the last error
        warning  tls.certificate: the certificate expires in 9 days
                 → put a new one in its place, then `mcp-gateway reload`
        warning  settings: changed, and not in force before a restart: agents.listen;
                 since 25 min
                 → restart the server
        warning  subscription 12: tenant acme asks for target search: for the weekly
                 report; since 2 h
                 → `mcp-gateway subscription approve 12`, or `deny`
        warning  target archive: 1 of its tools is refused: search-all: inputSchema.type
                 is not "object"
                 → `mcp-gateway tool list --target archive --state refused` shows why

        TARGET                      STATE     OVER   CALLS   ERR     P50     P95     P99
        notes                       failing   5m        18   78%   3.2ms   8.2ms   8.2ms
                                              1h       238    6%   8.5ms    16ms    16ms
          last error 31s ago in add, function_error: the function failed with KeyError:…
        time                        ok        5m      1207   <1%   0.9ms   1.7ms   1.7ms
                                              1h     62207   <1%   0.9ms   1.7ms   1.7ms
        weather-of-the-northern-hemisphere
                                    ok        1h        12    0%   779ms   843ms   843ms

        not called in an hour: archive, search

        """

    @Test func `one screen at 80 columns has what needs a person, then the calls`() throws {
        let text = Self.print(try Self.busy())
        #expect(text == Self.screen)
        let docs = try String(
            contentsOf: Repository.root.appending(path: "docs/operations.md"),
            encoding: .utf8
        )
        #expect(docs.contains("```text\n$ mcp-gateway status\n\(Self.screen)```"), "docs are behind")
        #expect(text.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= 80 })
    }

    @Test func `a healthy gateway prints few lines`() {
        let report = StatusReport(
            server: Self.server,
            targets: [Self.standing("time", calls: CallFigures())],
            atMs: Self.nowMs
        )
        #expect(
            Self.print(report) == """
                mcp-gateway 0.1.0, up 3 h; 1 target, 3 tools
                agents https://127.0.0.1:3000/mcp, admin http://127.0.0.1:3001
                nothing needs attention

                not called in an hour: time

                """
        )
    }

    @Test func `without a server the screen says so, and shows what the store knows`() {
        let report = StatusReport(server: nil, store: StoreStanding(), atMs: Self.nowMs)
        #expect(
            Self.print(report) == """
                no server runs on this store, so nothing is known of calls; 0 targets, 0 tools
                nothing needs attention

                """
        )
    }

    @Test(arguments: [20, 40, 60, 80, 200])
    func `no line is wider than the terminal, and no name is cut`(width: Int) throws {
        let lines = Self.print(try Self.busy(), width: width).split(separator: "\n").map { String($0) }
        let figures = lines.filter { $0.contains("failing") || $0.contains("weather") }
        #expect(figures.contains { $0.contains("weather-of-the-northern-hemisphere") })
        if width >= 62 { #expect(lines.allSatisfy { displayWidth($0) <= width }) }
    }

    @Test func `in a pipe no line is broken or cut`() throws {
        let text = Self.print(try Self.busy(), width: nil)
        #expect(
            text.contains(
                "the function failed with KeyError: 'title'; its log has the details, request 60a1f7\n"
            )
        )
    }

    @Test func `very many targets don't fill screen after screen`() {
        var server = Self.server
        let calls = Self.calls["time"]
        let targets = (0..<500).map { number in
            let name = "target-\(number)"
            server.calls[name] = number < 300 ? calls : nil
            return Self.standing(name, calls: server.figures(of: name))
        }
        let text = Self.print(StatusReport(server: server, targets: targets, atMs: Self.nowMs))
        #expect(text.contains("and 280 more; -o json has all\n"))
        #expect(text.split(whereSeparator: \.isWhitespace).suffix(3) == ["and", "190", "more"])
        #expect(text.split(separator: "\n").count < 80)
    }

    @Test func `nothing that a target says steers a terminal`() {
        let metrics = GatewayMetrics()
        let tool = Self.tool(metrics, "notes", "a\u{1B}[2Jb")
        Self.end(tool, .functionError, 3, microseconds: 1)
        tool.failed(code: "x\u{7}", text: "\u{1B}]0;title\u{7}\u{202E}", atMs: Self.nowMs)
        var server = Self.server
        server.calls = metrics.callFigures(nowMs: Self.minute)
        var target = Self.standing("notes", calls: server.figures(of: "notes"))
        target.health.lastError = "\u{1B}[31m"
        let text = Self.print(StatusReport(server: server, targets: [target], atMs: Self.nowMs))
        #expect(!text.contains("\u{1B}") && !text.contains("\u{7}") && !text.contains("\u{202E}"))
        #expect(text.contains("failing"))
    }

    @Test(arguments: [Int.max, .min, 0])
    func `any number that a server sends can be shown`(_ number: Int) throws {
        var json = Fields<StatusForm>().json(try Self.busy())
        func replaced(_ value: JSONValue) -> JSONValue {
            switch value {
            case .number: .int(number)
            case .array(let elements): .array(elements.map(replaced))
            case .object(let object):
                .object(JSONObject(object.members.map { ($0.key, replaced($0.value)) }))
            default: value
            }
        }
        json = replaced(json)
        #expect(StatusScreen(Answer<StatusForm>(json), width: 80).text.contains("target notes"))
    }
}
