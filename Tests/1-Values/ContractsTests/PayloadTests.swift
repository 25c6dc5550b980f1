import Bytes
import Contracts
import JSON
import Testing

struct PayloadTests {
    private func list(_ contract: Contract, _ cursor: String?) -> String {
        var out = ByteBuffer()
        contract.appendListPayload(cursor: cursor, id: 7, to: &out)
        return out.text
    }

    private func call(_ contract: Contract, _ tool: String, _ request: String) throws -> String {
        let bytes = Array(request.utf8)
        let whole = try JSON.validate(bytes.span)
        let content = CallContent(
            tool: tool,
            target: "shop",
            arguments: JSON.member("arguments", of: whole, in: bytes.span),
            meta: JSON.member("_meta", of: whole, in: bytes.span),
            id: 8
        )
        var event = CallEvent(payload: ByteBuffer())
        try contract.appendCall(content, of: bytes.span, to: &event)
        _ = try JSON.validate(event.payload.bytes.span)
        return event.payload.text
    }

    @Test
    func `the payload of a list asks for a page`() throws {
        #expect(list(.mcpWrapper, nil) == #"{"method":"tools/list"}"#)
        #expect(list(.mcpWrapper, "a\"b") == #"{"method":"tools/list","params":{"cursor":"a\"b"}}"#)
        #expect(list(.jsonrpc, nil) == #"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}}"#)
        #expect(
            list(.jsonrpc, "2")
                == #"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":"2"}}"#
        )
    }

    @Test
    func `a call carries the arguments byte for byte, and an empty object when there are none`() throws {
        let arguments = #"{ "b":1.0e+02 , "a" : [ "\u00e9", 12345678901234567890 ] }"#
        #expect(
            try call(.mcpWrapper, "t", #"{"arguments":\#(arguments),"_meta":{"progressToken":1}}"#)
                == #"{"method":"tools/call","params":{"name":"t","arguments":\#(arguments)}}"#
        )
        #expect(
            try call(.mcpWrapper, "qu\"ote", "{}")
                == #"{"method":"tools/call","params":{"name":"qu\"ote","arguments":{}}}"#
        )
        #expect(
            try call(.jsonrpc, "t", #"{"arguments":\#(arguments)}"#)
                == #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"t","arguments":\#(arguments)}}"#
        )
    }

    @Test
    func `of the client's _meta, only the progress token and the trace context are passed on`() throws {
        let request =
            #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","x":1,"traceparent":"00-a","progressToken":"p"}}"#
        let start = #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"t","arguments":{}"#
        #expect(
            try call(.jsonrpc, "t", request) == start
                + #","_meta":{"progressToken":"p","traceparent":"00-a"}}}"#
        )
        #expect(try call(.jsonrpc, "t", #"{"_meta":{"x":1}}"#) == start + "}}")
        #expect(try call(.jsonrpc, "t", #"{"_meta":7}"#) == start + "}}")
    }

    @Test
    func `the contracts' words don't change`() {
        #expect(
            Contract.allCases.map { $0.rawValue }
                == ["mcp-wrapper", "jsonrpc", "agentcore", "http-v2", "http-v1", "function"]
        )
    }
}
