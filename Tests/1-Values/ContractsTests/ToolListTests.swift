import Bytes
import Contracts
import Testing

private func list(_ contract: Contract, _ payload: String) throws(ContractError) -> ToolList {
    let bytes = Array("head".utf8) + Array(payload.utf8)
    return try contract.readToolList(bytes, payload: 4..<bytes.count)
}

private let first = #"{ "name":"a", "inputSchema":{"type":"object","x-unknown":1.0},"title":"é \u00e9" }"#
private let second = #"{"inputSchema":{},"name":"b"}"#

struct ToolListTests {
    @Test(arguments: [
        #"{"tools":[\#(first),\#(second)]}"#,
        #" {"x":1, "tools" : [ \#(first) , \#(second) ] , "resultType":"complete","ttlMs":1} "#,
        "[\(first),\(second)]",
        #"{"result":{"tools":[\#(first),\#(second)]}}"#,
        #"{"result":[\#(first),\#(second)]}"#,
        #"{"jsonrpc":"2.0","id":1,"result":{"tools":[\#(first),\#(second)]}}"#,
    ])
    func `every form of list gives the definitions byte for byte`(_ body: String) throws {
        // Server-sent events hold messages, which are objects.
        let event = body.hasPrefix("[") ? #"{"result":\#(body)}"# : body
        for contract in [Contract.mcpWrapper, .jsonrpc] {
            for payload in [
                body, wrapped(body), #"{"body":\#(body)}"#, #"{"statusCode":200,"body":\#(body)}"#,
                "\u{FEFF}\(body)", wrapped("\u{FEFF}\(body)"), wrapped(quoted(body)), quoted(wrapped(body)),
                wrapped("event: message\r\ndata: \(event)\r\n\r\n"),
            ] {
                let found = try list(contract, payload)
                #expect(found.tools.map { $0.name } == ["a", "b"])
                #expect(
                    found.tools.map { String(decoding: found.bytes[$0.definition], as: UTF8.self) } == [
                        first, second,
                    ]
                )
                #expect(found.rejected.isEmpty && found.nextCursor == nil)
            }
        }
    }

    @Test(
        arguments: [
            (#"{"tools":[],"nextCursor":"p\u0032"}"#, "p2"),
            (#"{"result":{"tools":[],"nextCursor":"x"}}"#, "x"),
            (#"{"jsonrpc":"2.0","id":1,"result":{"nextCursor":"y","tools":[]}}"#, "y"),
            (#"{"tools":[],"nextCursor":null}"#, nil), (#"{"tools":[],"nextCursor":""}"#, nil),
            (#"{"tools":[]}"#, nil),
        ] as [(String, String?)]
    )
    func `a cursor is read for the next page`(_ body: String, _ cursor: String?) throws {
        #expect(try list(.mcpWrapper, wrapped(body)).nextCursor == cursor)
    }

    @Test
    func `an unusable entry is rejected alone`() throws {
        let entries = [
            "7", "{}", #"{"name":""}"#, #"{"name":"x"}"#, #"{"name":"x\ny","inputSchema":[]}"#, second,
            second, first,
        ]
        let found = try list(.mcpWrapper, #"{"tools":[\#(entries.joined(separator: ","))]}"#)
        #expect(found.tools.map { $0.name } == ["b", "a"])
        #expect(
            found.rejected.map { $0.description } == [
                "tool 1: is not an object", "tool 2: has no name", "tool 3 (): has no name",
                "tool 4 (x): has no inputSchema object", "tool 5 (x\ny): has no inputSchema object",
                "tool 7 (b): has a name that an earlier tool has",
            ]
        )
    }

    struct Refusal: Sendable {
        let payload: String
        let message: String
        var hint = ""
    }

    @Test(arguments: [
        Refusal(payload: "null", message: "the function returned null; its handler must return the answer"),
        Refusal(payload: "", message: "the function returned nothing; a tool call or list needs an answer"),
        Refusal(payload: "{}", message: "no tools in it: expected {\"tools\":[…]}, found {}"),
        Refusal(
            payload: #"{"tools":{}}"#,
            message: "no tools in it: expected {\"tools\":[…]}, found {\"tools\":{}}"
        ),
        Refusal(
            payload: wrapped("hello"),
            message: "no tools in it: expected {\"tools\":[…]}, found text: hello"
        ),
        Refusal(
            payload: wrapped(#"{"error":"nope"}"#, status: 500),
            message: "the function answered with status 500: nope"
        ),
        Refusal(payload: #"{"statusCode":502}"#, message: "the function answered with status 502"),
        Refusal(
            payload: #"{"jsonrpc":"2.0","id":1,"error":{"code":500,"message":"see logs"}}"#,
            message: "the function answered with error 500: see logs"
        ),
        Refusal(payload: #"{"tools":[],"nextCursor":7}"#, message: "nextCursor must be a string; it is 7"),
        Refusal(payload: #"{"tools":[{]}"#, message: "the function's answer is not valid JSON: "),
        Refusal(
            payload: #"{"tools":["#,
            message: "the function's answer is not valid JSON: the JSON text ends too early"
        ),
        Refusal(
            payload:
                #"{"errorMessage":"Object of type Tool is not JSON serializable","errorType":"TypeError","stackTrace":["x"]}"#,
            message: "the function answered with TypeError: Object of type Tool is not JSON serializable"
        ),
        Refusal(
            payload: wrapped(
                #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Unsupported Media Type"}}"#,
                status: 400
            ),
            message: "the function answered with status 400: Unsupported Media Type",
            hint: "contract http-v1"
        ),
        Refusal(
            payload: wrapped("", status: 415),
            message: "the function answered with status 415",
            hint: "contract http-v2"
        ),
        Refusal(
            payload: wrapped(#"{"detail":"Not Found"}"#, status: 404),
            message: "the function answered with status 404: Not Found",
            hint: "contract http-v2"
        ),
        Refusal(
            payload: #"{"greeting":"Hello"}"#,
            message: "no tools in it: expected {\"tools\":[…]}, found {\"greeting\":\"Hello\"}",
            hint: "contract function"
        ),
        Refusal(
            payload: "[" + String(repeating: "0,", count: 10_000) + "0]",
            message: "the list has more than 10000 tools in one page"
        ),
    ])
    func `an answer without a list is refused with the reason`(_ row: Refusal) throws {
        let error = try #require(throws: ContractError.self) {
            try list(.mcpWrapper, row.payload)
        }
        #expect(error.description.hasPrefix(row.message), "\(error)")
        #expect(error.hint.contains(row.hint), "\(error.hint)")
    }
}
