import Bytes
import Contracts
import JSON
import Testing

/// The caller's identity as functions get it.
struct CallerIdentityTests {
    private static let id = CallID(seed: CallIDSeed(high: 1, low: 2), number: 3, ms: 1_795_219_200_123)

    private var key: CallerIdentity {
        CallerIdentity(tenant: "acme", keyPrefix: "ab12", requestID: Self.id, deadlineMs: 1_795_219_230_000)
    }

    private func token(_ subject: String) -> CallerIdentity {
        CallerIdentity(tenant: "acme", subject: subject, requestID: Self.id, deadlineMs: 7)
    }

    private var idText: String {
        var out = ByteBuffer()
        Self.id.append(to: &out)
        return out.text
    }

    private func event(
        _ contract: Contract,
        _ caller: CallerIdentity?,
        meta: String = "{}"
    ) throws -> CallEvent {
        let bytes = Array(#"{"arguments":{"a":1},"_meta":\#(meta)}"#.utf8)
        let whole = try JSON.validate(bytes.span)
        var call = CallContent(
            tool: "look",
            target: "shop",
            arguments: JSON.member("arguments", of: whole, in: bytes.span),
            meta: JSON.member("_meta", of: whole, in: bytes.span),
            id: 8
        )
        call.callID = Self.id
        call.caller = caller
        var event = CallEvent(payload: ByteBuffer())
        try contract.appendCall(call, of: bytes.span, to: &event)
        return event
    }

    @Test func `jsonrpc has the caller in _meta, and a client can't forge it`() throws {
        let forged = #"{"mcp-gateway/caller":{"tenant":"evil"},"progressToken":5,"other":1}"#
        let payload = try JSONValue(parsing: try event(.jsonrpc, key, meta: forged).payload.text)
        let meta = try #require(payload["params"]?["_meta"])
        #expect(
            meta.text
                == #"{"mcp-gateway/caller":{"tenant":"acme","keyPrefix":"ab12","requestId":"\#(idText)","#
                + #""deadlineMs":1795219230000},"progressToken":5,"other":1}"#
        )
        let other = try JSONValue(parsing: try event(.jsonrpc, token("a\"b\n")).payload.text)
        #expect(other["params"]?["_meta"]?["mcp-gateway/caller"]?["subject"] == "a\"b\n")
        #expect(other["params"]?["_meta"]?["mcp-gateway/caller"]?["keyPrefix"] == nil)
        let none = try event(.jsonrpc, nil, meta: forged).payload.text
        #expect(
            !none.contains("mcp-gateway/caller")
                && none.hasSuffix(#","_meta":{"progressToken":5,"other":1}}}"#)
        )
    }

    @Test func `the client context has the caller as strings, beside the contract's own members`() throws {
        for contract in [Contract.mcpWrapper, .agentcore, .function] {
            var event = try event(contract, nil)
            let before = try event.clientContext.map { try JSONValue(parsing: $0.text) }
            try key.add(to: &event)
            let custom = try #require(try JSONValue(parsing: event.clientContext?.text ?? "")["custom"])
            #expect(custom["mcpGatewayTenant"] == "acme" && custom["mcpGatewayKeyPrefix"] == "ab12")
            #expect(custom["mcpGatewayRequestId"] == .string(idText))
            #expect(custom["mcpGatewayDeadlineMs"] == "1795219230000")
            for member in before?["custom"]?.objectValue?.members ?? [] {
                #expect(custom[member.key] == member.value)
            }
            #expect(custom.objectValue?.members.allSatisfy { $0.value.stringValue != nil } == true)
        }
        var empty = CallEvent(payload: ByteBuffer(), clientContext: ByteBuffer(#"{"custom":{}}"#))
        try token("s").add(to: &empty)
        #expect(
            try JSONValue(parsing: empty.clientContext?.text ?? "")["custom"]?["mcpGatewaySubject"] == "s"
        )
    }

    @Test func `a client context is sent up to Lambda's limit, and refused one byte above it`() throws {
        var event = CallEvent(payload: ByteBuffer())
        try token("").add(to: &event)
        let room = CallEvent.clientContextBytesMax - (event.clientContext?.count ?? 0)
        var full = CallEvent(payload: ByteBuffer())
        try token(String(repeating: "s", count: room)).add(to: &full)
        #expect(full.clientContext?.count == CallEvent.clientContextBytesMax)
        var over = CallEvent(payload: ByteBuffer())
        let error = #expect(throws: ContractError.self) {
            try token(String(repeating: "s", count: room + 1)).add(to: &over)
        }
        guard case .tooLarge(let text)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("caller_identity"))
    }
}
