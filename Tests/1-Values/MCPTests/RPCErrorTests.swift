import Bytes
import JSON
import MCP
import Testing

struct RPCErrorTests {
    @Test(arguments: [
        (RPCErrorCode.parseError, "ParseError", 400, 400), (.invalidRequest, "InvalidRequest", 400, 400),
        (.methodNotFound, "MethodNotFound", 404, 200), (.invalidParams, "InvalidParams", 400, 200),
        (.internalError, "InternalError", 200, 200), (.headerMismatch, "HeaderMismatch", 400, 400),
        (.missingRequiredClientCapability, "MissingRequiredClientCapability", 400, 400),
        (.unsupportedProtocolVersion, "UnsupportedProtocolVersion", 400, 400),
        (.limitExceeded, "LimitExceeded", 429, 429), (.unavailable, "Unavailable", 503, 503),
        (.init(rawValue: 1234), "Application", 200, 200),
    ])
    func `each code has its name and its HTTP status in either era`(
        _ code: RPCErrorCode,
        _ name: String,
        _ modern: Int,
        _ legacy: Int
    ) {
        #expect(code.name == name)
        #expect(code.httpStatus(isModern: true) == modern)
        #expect(code.httpStatus(isModern: false) == legacy)
    }

    @Test(arguments: [
        (-32601, -32601, -32601), (-32602, -32602, -32602), (-32603, -32603, -32603), (4711, 4711, 4711),
        (-32020, -32603, -32603), (-32022, -32603, -32603), (-32700, -32603, -32603),
        (-32600, -32603, -32603),
        (-32021, -32021, -32603), (-32002, -32602, -32002), (-32042, -32603, -32042),
        (-32001, -32001, -32001),
        (-32000, -32000, -32000), (1, 1, 1), (400, -32603, -32603), (429, -32603, -32603),
        (500, -32603, -32603),
        (503, -32603, -32603), (600, 600, 600),
    ])
    func `an upstream's error is relayed unless it concerns the gateway's own request`(
        _ code: Int,
        _ modern: Int,
        _ legacy: Int
    ) {
        let data = ByteBuffer("[1]")
        #expect(RPCError(relaying: code, message: "m", data: data, isModern: true).code.rawValue == modern)
        let relayed = RPCError(relaying: code, message: "m", data: data, isModern: false)
        #expect(relayed.code.rawValue == legacy)
        #expect(relayed.message.contains("m"))
        // The data of an error about the gateway's own request would mislead.
        let isHop = [-32020, -32022, -32700, -32600, 400, 429, 500, 503].contains(code)
        #expect((relayed.data == data) == !isHop)
    }

    @Test(arguments: [-32601, -32602])
    func `an error with a code that the gateway uses too names the target as its source`(_ code: Int) {
        for isModern in [true, false] {
            let error = RPCError(relaying: code, message: "Unknown tool: x", data: nil, isModern: isModern)
            #expect(error.message == "The target says: Unknown tool: x")
        }
    }

    @Test
    func `an error is written with its data and its id unchanged`() {
        let bytes = Array("\"a\\u0062\"".utf8)
        var out = ByteBuffer()
        RPCWriter.appendError(
            RPCError(.limitExceeded, "a \"b\"", data: ByteBuffer("{\"limit\":1.0}")),
            id: 0..<bytes.count,
            in: bytes.span,
            isModern: true,
            to: &out
        )
        #expect(
            out.text
                == #"{"jsonrpc":"2.0","id":"a\u0062","error":{"code":429,"message":"a \"b\"","data":{"limit":1.0}}}"#
        )
    }
}
