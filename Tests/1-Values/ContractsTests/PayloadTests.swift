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
    func `the client's _meta is passed on byte for byte, but for what concerns the client and the gateway`()
        throws
    {
        let start = #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"t","arguments":{}"#
        let kept =
            #""x":1.50,"traceparent":"00-a","progressToken":"p","com.example/session":{"a" : [ 1 ]},"#
            + #""mcpx/a":1,"a/mcp":2,"a.b/modelcontextprotocol":3,"mcp-gateways/a":4,"\u0061":5,"io.model/b":6"#
        let dropped =
            #""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol\/logLevel":"info","#
            + #""io.modelcontextprotocol/unknown":1,"mcp.dev/a":1,"dev.mcp/a":1,"org.modelcontextprotocol.api/a":1,"#
            + #""mcp-gateway/caller":{},"mcp-gateway\/caller":{},"mcp\u002dgateway/caller":{}"#
        for (meta, expected) in [
            ("\(dropped),\(kept)", "\(kept)"), ("\(kept),\(dropped)", "\(kept)"),
            (#"\#(dropped), "b" : 7 "#, #""b":7"#),
        ] {
            #expect(
                try call(.jsonrpc, "t", #"{"_meta":{\#(meta)}}"#) == start + #","_meta":{\#(expected)}}}"#
            )
        }
        #expect(try call(.jsonrpc, "t", #"{"_meta":{\#(dropped)}}"#) == start + "}}")
        #expect(try call(.jsonrpc, "t", #"{"_meta":{}}"#) == start + "}}")
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
