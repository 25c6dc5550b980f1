import Bytes
import OTLP
import Telemetry
import Testing
import Tracing

struct CallSpansTests {
    @Test func `a call has a span of its own, with its steps as child spans`() throws {
        let record = Fixtures.call()
        let spans = Fixtures.spans(record)
        #expect(
            spans.map { $0.name } == ["tools/call crm___find", "authorization", "limits", "crm-tools"]
        )
        #expect(spans.map { $0.kind } == [.server, .internal, .internal, .client])
        #expect(spans.count == CallSpans.count(of: record))
        #expect(spans.allSatisfy { $0.traceID == record.traceID && $0.failure == nil })
        #expect(spans[0].spanID == record.spanID && spans[0].parentSpanID == record.parentSpanID)
        #expect(spans.dropFirst().allSatisfy { $0.parentSpanID == record.spanID })
        #expect(Set(spans.map { $0.spanID }).count == 4)
        #expect(spans[0].isParentRemote && !spans[3].isParentRemote)
        let start = record.startedAtUs
        #expect(spans.map { $0.startUs - start } == [0, 0, 10, 20])
        #expect(spans.map { $0.endUs - start } == [530, 10, 14, 520])
    }

    @Test func `the function gets the span id of the request to it`() {
        var trace = CallTrace()
        let record = Fixtures.call()
        trace.traceID = record.traceID
        trace.spanID = record.spanID
        #expect(Fixtures.spans(record)[3].spanID == trace.forFunction?.spanID)
    }

    @Test func `a call's span has the attributes of the MCP conventions`() {
        let record = Fixtures.call {
            $0.client = 0
            $0.costNanoUSD = 420
        }
        let server = Fixtures.spans(record, texts: ["claude-code 2.1"])[0]
        #expect(server["mcp.method.name"] == .text("tools/call"))
        #expect(server["gen_ai.tool.name"] == .text("crm___find"))
        #expect(server["gen_ai.operation.name"] == .text("execute_tool"))
        #expect(server["mcp.protocol.version"] == .text("2026-07-28"))
        #expect(server["mcp_gateway.tenant"] == .text("acme"))
        #expect(server["mcp_gateway.client"] == .text("claude-code 2.1"))
        #expect(server["mcp_gateway.call.id"] == .text(record.id.uuid))
        #expect(server["mcp_gateway.cost_nusd"] == .integer(420))
        #expect(server["error.type"] == nil && server["mcp.session.id"] == nil)
    }

    @Test func `the request's span has the attributes of the FaaS conventions`() {
        let record = Fixtures.call {
            $0.flags = [.isSampled, .isReported, .isColdStart]
            $0.lambdaRequestID = ID128(high: 1, low: 2)
            $0.executedVersion = 0
            $0.billedMs = 34
            $0.memorySizeMB = 128
            $0.memoryUsedMB = 40
            $0.initUs = 250_500
        }
        let request = Fixtures.spans(record, texts: ["7"])[3]
        #expect(request["faas.invoked_name"] == .text("crm-tools"))
        #expect(request["faas.invoked_provider"] == .text("aws"))
        #expect(request["faas.invoked_region"] == .text("eu-central-1"))
        #expect(request["faas.version"] == .text("7"))
        #expect(request["faas.coldstart"] == .yes(true))
        #expect(request["faas.max_memory"] == .integer(128 << 20))
        #expect(request["aws.request_id"] == .text("00000000-0000-0001-0000-000000000002"))
        #expect(request["mcp_gateway.billed_ms"] == .integer(34))
        #expect(request.events.map { $0.name } == ["cold start"])
        #expect(request.events.first?.attributes == [.init("mcp_gateway.init_ms", .number(250.5))])
    }

    @Test(arguments: [
        (tool: Int32(0), region: "eu-central-1"), (tool: 1, region: "us-west-2"),
    ])
    func `the region is the target's, or that of the function's ARN`(_ row: (tool: Int32, region: String)) {
        let record = Fixtures.call { $0.tool = row.tool }
        #expect(Fixtures.spans(record, region: "x")[3]["faas.invoked_region"] == .text(row.region))
    }

    struct Failure: Sendable {
        let outcome: CallOutcome
        let isFunctions: Bool
    }

    @Test(arguments: [
        Failure(outcome: .toolError, isFunctions: false), Failure(outcome: .functionError, isFunctions: true),
        Failure(outcome: .timedOut, isFunctions: true), Failure(outcome: .throttled, isFunctions: true),
        Failure(outcome: .unreachable, isFunctions: true), Failure(outcome: .badAnswer, isFunctions: true),
        Failure(outcome: .cancelled, isFunctions: true),
    ])
    func `the error type is on the call's span, and on the request's span if the request failed`(
        _ row: Failure
    ) {
        let record = Fixtures.call {
            $0.outcome = UInt8(row.outcome.rawValue)
            $0.code = 0
        }
        let spans = Fixtures.spans(record, texts: ["a_code"])
        #expect(spans[0]["error.type"] == .text("a_code"))
        #expect(spans[0].failure?.isEmpty == false)
        #expect((spans[3].failure != nil) == row.isFunctions)
        #expect((spans[3]["error.type"] != nil) == row.isFunctions)
    }

    @Test func `a call that was sent twice has a span for each attempt`() {
        let record = Fixtures.call {
            $0.attempts = 2
            $0.resentUs = 100
        }
        let spans = Fixtures.spans(record)
        #expect(spans.count == 5 && CallSpans.count(of: record) == 5)
        #expect(spans[3].failure != nil && spans[3].endUs - record.startedAtUs == 100)
        #expect(spans[4].failure == nil && spans[4].startUs - record.startedAtUs == 100)
        #expect(spans[4]["http.request.resend_count"] == .integer(1))
    }

    @Test func `the name of an unknown tool isn't used in a span's name`() {
        let asked = String(repeating: "<script>\u{1}'; DROP TABLE", count: 40)
        let record = Fixtures.call {
            $0.tool = -1
            $0.asked = 0
            $0.attempts = 0
            $0.outcome = UInt8(CallOutcome.refused.rawValue)
        }
        let spans = Fixtures.spans(record, texts: [asked])
        #expect(spans.map { $0.name } == ["tools/call"])
        #expect(spans[0]["gen_ai.tool.name"] == .text(asked))
        #expect(spans[0].failure != nil)
        #expect(CallSpans.count(of: record) == 1)
    }

    @Test func `invalid indices in a record are ignored`() {
        let record = Fixtures.call {
            $0.tenant = 99
            $0.tool = 99
            $0.client = 99
            $0.code = .max
            $0.executedVersion = .min
            $0.outcome = 200
            $0.revision = 200
        }
        #expect(Fixtures.spans(record).first?.name == "tools/call")
    }

    @Test(arguments: [("unknown_tool", "-32602"), ("rate_limited", "429"), ("budget_exceeded", "429")])
    func `a refusal has the code of its answer`(_ code: String, _ status: String) {
        let record = Fixtures.call {
            $0.outcome = UInt8(CallOutcome.refused.rawValue)
            $0.code = 0
        }
        #expect(Fixtures.spans(record, texts: [code])[0]["rpc.response.status_code"] == .text(status))
    }
}
