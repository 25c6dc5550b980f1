import AWS
import Bytes
import Config
import Contracts
import Control
import Crypto
import Curl
import EventLoop
import HTTP
import HTTPServer
import JSON
import Model
import Policy
import Store
import Synchronization
import TestSupport
import Testing

/// Trials against a stand-in for the Invoke API on the loopback, through the real client and signer.
struct TargetTrialTests {
    /// A request to the stand-in.
    private struct Asked: Sendable, Equatable {
        var type = "RequestResponse"
        var query = ""
        var wantsLog = false
        var body = ""
    }

    private struct Subject: Sendable {
        let inquiry: ToolInquiry
        let asked: Log

        func trial(
            _ request: TrialRequest = TrialRequest(),
            _ edit: (inout TargetSpec) -> Void = { _ in }
        ) async throws -> TargetTrial {
            var spec = TargetSpec(name: try TargetName("time"), function: "mcp-time", contract: .jsonrpc)
            edit(&spec)
            return try await inquiry.trial(of: record(spec), request)
        }
    }

    private final class Log: Sendable {
        private let entries = Locked<[Asked]>([])
        func add(_ entry: Asked) { entries.withLock { $0.append(entry) } }
        var all: [Asked] { entries.withLock { $0 } }
    }

    private static let figures =
        "Duration: 12.34 ms\tBilled Duration: 415 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 402.04 ms"

    /// The end of a log in which the function has printed a false report.
    private static var tail: String {
        let fake = figures.replacing("415", with: "999999")
        let log =
            "START RequestId: r-7 Version: 3\nREPORT RequestId: r-7\t\(fake)\t\n"
            + "END RequestId: r-7\nREPORT RequestId: r-7\t\(figures)\t\n"
        return Base64.standard.encode(Array(log.utf8))
    }

    /// - Parameters:
    ///   - permission: the answer to a dry run.
    ///   - fields: header fields of the answer to an event, beside Lambda's own.
    private func withSubject<T: Sendable>(
        permission: Response = Response(status: 204),
        answer: String = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#,
        fields: [ResponseField] = [],
        _ body: @escaping @Sendable (Subject) async throws -> T
    ) async throws -> T {
        let asked = Log()
        let own = [
            ResponseField("x-amzn-RequestId", "r-7"), ResponseField("X-Amz-Executed-Version", "3"),
            ResponseField("X-Amz-Log-Result", Self.tail),
        ]
        let answered = Response(
            status: 200,
            contentType: .json,
            fields: own + fields,
            body: ByteBuffer(answer)
        )
        return try await withServer(handler: { exchange in
            let request = exchange.request
            var entry = Asked(query: request.query, body: request.bytes.span.text(request.body))
            if let type = request.header("x-amz-invocation-type") { entry.type = type }
            entry.wantsLog = request.header("x-amz-log-type") == "Tail"
            asked.add(entry)
            exchange.respond(entry.type == "DryRun" ? permission : answered)
        }) { port, _ in
            try await withLoop { loop in
                let transport = try OutboundTransport(loop: loop, proxies: .init())
                var aws = GatewayConfig().aws
                aws.region = "eu-central-1"
                aws.endpoint = "http://127.0.0.1:\(port)"
                let environment = [
                    "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "hunter2",
                    "HOME": "/nonexistent",
                ]
                let access = try AWSAccess(config: aws, environment: environment)
                let source = LambdaToolSource(loop: loop, transport: transport, access: access)
                let inquiry = ToolInquiry(source: source, timeout: .seconds(10), toolNameMax: 64)
                let outcome: Result<T, any Error>
                do { outcome = .success(try await body(Subject(inquiry: inquiry, asked: asked))) } catch {
                    outcome = .failure(error)
                }
                transport.close()
                return try outcome.get()
            }
        }
    }

    private static let dryRun = Asked(type: "DryRun", body: "{}")

    @Test func `one event of the contract is sent, and the trial has its figures`() async throws {
        let tools = #"{"tools":[\#(tool("now"))],"nextCursor":"2"}"#
        try await withSubject(answer: tools) { subject in
            let trial = try await subject.trial(TrialRequest(contract: .mcpWrapper))
            let event = Asked(wantsLog: true, body: #"{"method":"tools/list"}"#)
            #expect(subject.asked.all == [Self.dryRun, event])
            #expect(trial.error == nil && trial.contract == .mcpWrapper && trial.event == .list)
            #expect(trial.shape == "a list of 1 tool, and more pages")
            #expect(trial.excerpt?.hasPrefix(#"{"tools":[{"name":"now""#) == true)
            let attempt = try #require(trial.attempt)
            #expect(attempt.permission == .allowed && attempt.status == 200)
            #expect(attempt.executedVersion == "3" && attempt.requestID == "r-7")
            #expect(attempt.durationUs == 12_340 && attempt.initUs == 402_040 && attempt.billedMs == 415)
            #expect(attempt.memoryMB == 128 && attempt.memoryUsedMB == 36)
            #expect(attempt.sentBytes == 23 && attempt.receivedBytes == tools.utf8.count)
        }
    }

    @Test func `no other contract is tried when the answer doesn't fit`() async throws {
        try await withSubject(answer: #""hello""#) { subject in
            let trial = try await subject.trial(TrialRequest(contract: .mcpWrapper))
            #expect(subject.asked.all.count == 2)
            #expect(trial.error != nil && trial.shape == "no list" && trial.excerpt == #""hello""#)
        }
    }

    @Test func `without a contract all pages are read, and the first is measured`() async throws {
        try await withSubject { subject in
            let trial = try await subject.trial()
            #expect(subject.asked.all.map { $0.type } == ["DryRun", "RequestResponse"])
            #expect(trial.error == nil && trial.listing?.pageCount == 1 && trial.attempt?.billedMs == 415)
        }
    }

    @Test func `if IAM denies the dry run, the error names the permission and no event is sent`()
        async throws
    {
        let text = "User: arn:aws:iam::123456789012:user/gw is not authorized"
        let denied = Response(
            status: 403,
            contentType: .json,
            fields: [ResponseField("x-amzn-ErrorType", "AccessDeniedException")],
            body: ByteBuffer(#"{"Message":"\#(text)"}"#)
        )
        try await withSubject(permission: denied) { subject in
            for contract in [nil, Contract.jsonrpc] {
                let trial = try await subject.trial(TrialRequest(contract: contract))
                #expect(trial.error?.contains("AccessDeniedException: \(text)") == true)
                #expect(trial.error?.contains("lambda:InvokeFunction") == true)
                guard case .denied("AccessDeniedException", _) = trial.attempt?.permission else {
                    Issue.record("\(String(describing: trial.attempt))")
                    return
                }
                #expect(trial.attempt?.status == nil && trial.attempt?.sentBytes == 0)
            }
            #expect(subject.asked.all == [Self.dryRun, Self.dryRun])
        }
    }

    @Test func `the event is sent even if the endpoint doesn't support dry runs`() async throws {
        let odd = Response(
            status: 501,
            contentType: .json,
            body: ByteBuffer(#"{"message":"not implemented"}"#)
        )
        try await withSubject(permission: odd) { subject in
            let trial = try await subject.trial(TrialRequest(contract: .jsonrpc))
            #expect(trial.error == nil && trial.shape == "a list of 0 tools")
            guard case .unknown = trial.attempt?.permission else {
                Issue.record("\(String(describing: trial.attempt))")
                return
            }
        }
    }

    @Test func `a call of a tool runs it with the arguments byte for byte`() async throws {
        let answer = #"{"statusCode":200,"body":"{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}"}"#
        try await withSubject(answer: answer) { subject in
            let trial = try await subject.trial(
                TrialRequest(
                    contract: .mcpWrapper,
                    tool: "now",
                    arguments: try JSONValue(parsing: #"{"n":1.50,"b":[]}"#)
                )
            )
            let body = #"{"method":"tools/call","params":{"name":"now","arguments":{"n":1.50,"b":[]}}}"#
            #expect(subject.asked.all == [Self.dryRun, Asked(wantsLog: true, body: body)])
            #expect(trial.error == nil && trial.event == .call && trial.tool == "now")
            #expect(trial.shape == "a result")
        }
    }

    @Test func `the trial of a failing function has the error and Lambda's report`() async throws {
        let payload = #"{"errorType":"Boom","errorMessage":"no such city"}"#
        let field = ResponseField("X-Amz-Function-Error", "Unhandled")
        try await withSubject(answer: payload, fields: [field]) { subject in
            let trial = try await subject.trial(TrialRequest(contract: .jsonrpc))
            #expect(trial.error?.hasPrefix("the function failed with Boom: no such city") == true)
            #expect(trial.attempt?.status == 200 && trial.attempt?.executedVersion == "3")
            #expect(trial.attempt?.billedMs == 415 && trial.attempt?.receivedBytes == nil)
        }
    }

    @Test func `anything like a credential is cut out of the excerpt`() async throws {
        try await withSubject(answer: #"{"key":"AKIAIOSFODNN7EXAMPLE"}"#) { subject in
            let trial = try await subject.trial(TrialRequest(contract: .jsonrpc))
            #expect(trial.excerpt == #"{"key":"[…]"}"#)
            #expect(trial.error?.contains("AKIAIOSFODNN7EXAMPLE") == false)
        }
    }

    @Test func `a target with a route is tested at the version with the largest weight`() async throws {
        try await withSubject { subject in
            let route = VersionRoute(branches: [
                .init(qualifier: "live", weight: 90), .init(qualifier: "next", weight: 10),
            ])
            let trial = try await subject.trial { $0.invoke.route = route }
            #expect(trial.attempt?.qualifier == "live")
            let other = try await subject.trial(TrialRequest(qualifier: "next")) { $0.invoke.route = route }
            #expect(other.attempt?.qualifier == "next")
            #expect(
                subject.asked.all.map { $0.query } == [
                    "Qualifier=live", "Qualifier=live", "Qualifier=next", "Qualifier=next",
                ]
            )
        }
    }

    @Test func `with declared tools, only a dry run is sent for each function`() async throws {
        try await withSubject { subject in
            let trial = try await subject.trial {
                $0.contract = .function
                $0.toolsJSON = #"[{"name":"a","function":"fa"},{"name":"b","function":"fb"}]"#
            }
            #expect(subject.asked.all == [Self.dryRun, Self.dryRun, Self.dryRun])
            #expect(trial.error == nil && trial.event == .nothing && trial.functionsAllowed == 3)
            #expect(trial.listing?.tools.map { $0.name } == ["a", "b"])
        }
    }

    @Test func `a call of a tool runs the tool's own function`() async throws {
        try await withSubject(answer: "7") { subject in
            let arguments = try JSONValue(parsing: #"{"n":1}"#)
            let trial = try await subject.trial(TrialRequest(tool: "b", arguments: arguments)) {
                $0.contract = .function
                $0.toolsJSON = #"[{"name":"a","function":"fa"},{"name":"b","function":"fb"}]"#
            }
            #expect(trial.attempt?.function == "fb" && trial.error == nil, "\(trial)")
            #expect(subject.asked.all.last?.body == #"{"n":1}"#)
        }
    }

    @Test(arguments: [Contract.function, .agentcore])
    func `a contract whose only event is a call is refused without arguments`(_ contract: Contract)
        async throws
    {
        try await withSubject { subject in
            let request = TrialRequest(contract: contract, tool: "now")
            let fault = await #expect(throws: ModelFault.self) { _ = try await subject.trial(request) }
            #expect(fault?.hint.contains("--arguments") == true && subject.asked.all.isEmpty)
        }
    }

    struct Refusal: Sendable {
        let request: TrialRequest
        let says: String
    }

    @Test(arguments: [
        Refusal(request: TrialRequest(tool: "now"), says: "a call of a tool runs it"),
        Refusal(request: TrialRequest(arguments: .object(JSONObject())), says: "arguments are for a tool"),
        Refusal(request: TrialRequest(tool: "now", arguments: [1]), says: "must be a JSON object"),
    ])
    func `an invalid request is refused before anything is sent`(_ row: Refusal) async throws {
        try await withSubject { subject in
            let fault = await #expect(throws: ModelFault.self) { _ = try await subject.trial(row.request) }
            #expect(fault?.message.contains(row.says) == true, "\(String(describing: fault))")
            #expect(subject.asked.all.isEmpty)
        }
    }
}

/// A target as the store returns it.
func record(_ spec: TargetSpec) -> TargetRecord {
    TargetRecord(
        id: 1,
        spec: spec,
        source: .cli,
        isSwitchedOff: false,
        toolCount: 0,
        createdAtMs: 0,
        updatedAtMs: 0,
        revision: 1,
        aliases: [],
        health: TargetHealth()
    )
}
