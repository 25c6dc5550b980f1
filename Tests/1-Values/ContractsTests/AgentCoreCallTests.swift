import Bytes
import Contracts
import JSON
import Testing

/// The events that AgentCore functions get.
struct AgentCoreCallTests {
    private static let callID = CallID(seed: CallIDSeed(high: 1, low: 2), number: 3, ms: 1_795_219_200_123)

    private func event(
        _ tool: String = "query",
        target: String = "shop",
        id: String = "7",
        arguments: String? = nil
    ) throws -> CallEvent {
        let bytes = Array(#"{"id":\#(id)\#(arguments.map { ",\"arguments\":\($0)" } ?? "")}"#.utf8)
        let whole = try JSON.validate(bytes.span)
        var call = CallContent(
            tool: tool,
            target: target,
            arguments: JSON.member("arguments", of: whole, in: bytes.span),
            id: 41
        )
        call.messageID = JSON.member("id", of: whole, in: bytes.span)
        call.callID = Self.callID
        var event = CallEvent(payload: ByteBuffer())
        try Contract.agentcore.appendCall(call, of: bytes.span, to: &event)
        return event
    }

    private func custom(_ event: CallEvent) throws -> JSONValue {
        let context = try JSONValue(parsing: try #require(event.clientContext).text)
        return try #require(context["custom"])
    }

    @Test func `the event is the arguments, byte for byte`() throws {
        let arguments = #"{ "b":1.0e+02 , "a" : [ "\u00e9", 12345678901234567890 ] }"#
        #expect(try event(arguments: arguments).payload.text == arguments)
        #expect(try event().payload.text == "{}")
    }

    /// Exactly the bytes, and the order, of AWS's own gateway.
    @Test func `the client context is AgentCore's, byte for byte`() throws {
        var id = ByteBuffer()
        Self.callID.append(to: &id)
        #expect(
            try event().clientContext?.text
                == #"{"custom":{"bedrockAgentCoreMessageVersion":"1.0","bedrockAgentCoreAwsRequestId":"\#(id.text)","#
                + #""bedrockAgentCoreMcpMessageId":"7","bedrockAgentCoreGatewayId":"mcp-gateway","#
                + #""bedrockAgentCoreTargetId":"shop","bedrockAgentCoreToolName":"shop___query"}}"#
        )
    }

    @Test(arguments: [
        ("7", "7"), ("-1", "-1"), (#""abc""#, "abc"), (#""\u00e9\ud83d\ude00\"\\""#, "é😀\"\\"),
        (#""a\ud800b""#, "a\u{FFFD}b"), (#""""#, ""),
        ("\"\(String(repeating: "x", count: 126))\"", String(repeating: "x", count: 126)),
        // These are too long to send: the gateway's own id is sent instead.
        ("\"\(String(repeating: "x", count: 127))\"", "41"), (String(repeating: "9", count: 129), "41"),
    ])
    func `the client's message id is sent as a string`(_ id: String, _ told: String) throws {
        #expect(try custom(event(id: id))["bedrockAgentCoreMcpMessageId"]?.stringValue == told)
    }

    @Test(arguments: [
        "a\"b", "a\\", "line\nbreak", "\u{0}\u{1B}[2J", "___", "a___b", "été😀", #"x","custom":{"y"#, "",
    ])
    func `a hostile tool name stays one string`(_ name: String) throws {
        let custom = try custom(event(name))
        #expect(custom["bedrockAgentCoreToolName"]?.stringValue == "shop___\(name)")
        #expect(custom["bedrockAgentCoreTargetId"] == "shop")
        #expect(custom["y"] == nil)
    }

    @Test func `names that are too long for a client context are refused before anything is sent`() throws {
        let empty = try #require(try event("").clientContext).count
        let room = CallEvent.clientContextBytesMax - empty
        let fitting = try #require(try event(String(repeating: "n", count: room)).clientContext)
        #expect(fitting.count == 2_685 && (fitting.count + 2) / 3 * 4 <= 3_583)
        let error = #expect(throws: ContractError.self) { try event(String(repeating: "n", count: room + 1)) }
        #expect(error?.description.contains("2686 bytes, and Lambda takes 2685") == true)
        #expect(error?.description.contains("a shorter name") == true)
        // Control characters are six times as long when escaped in JSON.
        #expect(throws: ContractError.self) { try event(String(repeating: "\u{1}", count: 500)) }
    }

    @Test func `a plain function gets the arguments and nothing else`() throws {
        let request = Array(#"{"arguments":{"a": 1},"_meta":{"progressToken":1}}"#.utf8)
        let whole = try JSON.validate(request.span)
        let arguments = JSON.member("arguments", of: whole, in: request.span)
        for (range, payload) in [(arguments, #"{"a": 1}"#), (nil, "{}")] {
            var event = CallEvent(payload: ByteBuffer())
            let call = CallContent(tool: "t", target: "shop", arguments: range, id: 1)
            try Contract.function.appendCall(call, of: request.span, to: &event)
            #expect(event.payload.text == payload)
            #expect(event.clientContext == nil)
        }
    }

    @Test(arguments: [Contract.function, .agentcore])
    func `functions of both contracts are never asked for their tools`(_ contract: Contract) throws {
        var out = ByteBuffer()
        contract.appendListPayload(cursor: nil, id: 1, to: &out)
        #expect(out.count == 0)
        #expect(contract.listPayload == nil)
        #expect(contract.discovery == .declared)
    }

    @Test func `ids of calls are UUIDs of version 7 with the call's time, all different`() throws {
        // 1_795_219_200_123 ms since 1970.
        let form = /01a1fb67-187b-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        var seen: Set<String> = []
        for seed in [CallIDSeed(high: 0, low: 0), CallIDSeed(high: .max, low: 9)] {
            for number in 0..<5_000 {
                var id = ByteBuffer()
                CallID(seed: seed, number: number, ms: 1_795_219_200_123).append(to: &id)
                if seen.count < 100 { #expect(id.text.wholeMatch(of: form) != nil, "\(id.text)") }
                seen.insert(id.text)
            }
        }
        #expect(seen.count == 10_000)
    }
}
