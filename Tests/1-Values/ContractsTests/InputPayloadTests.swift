import Bytes
import Contracts
import JSON
import MCP
import Testing

/// What functions are sent of a caller that can be asked for input or gives some, and how they ask.
struct InputPayloadTests {
    private static let request = #"{"r": { "a" :[1.50,"\u00e9"]} }"#
    private static let modern = HTTPExchange(session: .modern)

    private func event(_ contract: Contract, _ input: CallerInput?, over http: HTTPExchange? = nil) throws
        -> String
    {
        let bytes = Array(Self.request.utf8)
        var content = CallContent(tool: "t", target: "shop", id: 8)
        content.http = http
        content.input = input
        var event = CallEvent(payload: ByteBuffer())
        try contract.appendCall(content, of: bytes.span, to: &event)
        let payload = try JSONValue(parsing: event.payload.text)
        return contract.isHTTP ? payload["body"]?.stringValue ?? "" : event.payload.text
    }

    private static func input(_ capabilities: InputCapabilities) -> CallerInput {
        let bytes = Array(request.utf8)
        let responses = JSON.member("r", of: 0..<bytes.count, in: bytes.span)
        return CallerInput(capabilities, responses: responses, state: Array(#""s\u00e9""#.utf8))
    }

    private static func meta(_ capabilities: String) -> String {
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
            + #""io.modelcontextprotocol/clientInfo":{"name":"mcp-gateway","version":"1"},"#
            + #""io.modelcontextprotocol/clientCapabilities":\#(capabilities)}"#
    }

    @Test func `answers and state go out byte for byte, capabilities as far as they can be relayed`() throws {
        let answers = #""inputResponses":{ "a" :[1.50,"\u00e9"]},"requestState":"s\u00e9""#
        func message(_ meta: String) -> String {
            #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":"#
                + #"{"name":"t","arguments":{},\#(answers),\#(meta)}}"#
        }
        let capabilities = #"{"elicitation":{},"roots":{}}"#
        for contract in [Contract.httpV2, .httpV1] {
            let sent = try event(contract, Self.input([.form, .roots]), over: Self.modern)
            #expect(sent == message(Self.meta(capabilities)))
        }
        // A server that began with `initialize` refuses a message that names this version.
        #expect(
            try event(.jsonrpc, Self.input([.form, .roots]))
                == message(#""_meta":{"io.modelcontextprotocol/clientCapabilities":\#(capabilities)}"#)
        )
    }

    @Test
    func `a function in a legacy version is sent nothing of it, and a call without it has no part of it`()
        throws
    {
        let plain = #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"t","arguments":{}}}"#
        #expect(try event(.httpV2, Self.input(.form)) == plain)
        #expect(try event(.jsonrpc, nil) == plain)
        let modern = String(plain.dropLast(2)) + "," + Self.meta("{}") + "}}"
        #expect(try event(.httpV2, nil, over: Self.modern) == modern)
    }

    @Test(arguments: [Contract.mcpWrapper, .agentcore, .function])
    func `contracts that have no place for it carry none of it`(_ contract: Contract) throws {
        #expect(!contract.carriesInput)
        #expect(try event(contract, Self.input(.form)) == event(contract, nil))
    }

    @Test(arguments: [
        (#"{"jsonrpc":"2.0","id":8,"result":{"resultType":"input_required","requestState":"s"}}"#, true),
        (#"{"jsonrpc":"2.0","id":8,"result":{"resultType":"input\u005frequired","content":[]}}"#, true),
        (#"{"jsonrpc":"2.0","id":8,"result":{"resultType":"complete","content":[]}}"#, false),
        (#"{"jsonrpc":"2.0","id":8,"result":{"resultType":"task"}}"#, false),
        (#"{"jsonrpc":"2.0","id":8,"result":{"content":[]}}"#, false),
    ])
    func `a result that asks for input is known by its type`(_ answer: String, _ asks: Bool) {
        for isQuestion in [true, false] {
            let bytes = Array(answer.utf8)
            let read =
                isQuestion
                ? Contract.jsonrpc.readAnswer(bytes, payload: 0..<bytes.count)
                : Contract.jsonrpc.readCallAnswer(bytes, payload: 0..<bytes.count)
            guard case .inputRequired(let range) = read.kind else {
                #expect(!asks)
                continue
            }
            #expect(asks && read.bytes.span.text(range).hasPrefix(#"{"resultType":"input"#))
        }
    }

    @Test func `a status of an error says that nothing is asked`() {
        let body =
            #"{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":{\"resultType\":\"input_required\",\"requestState\":\"s\"}}"#
        let bytes = Array(#"{"statusCode":500,"body":"\#(body)"}"#.utf8)
        let read = Contract.httpV2.readCallAnswer(bytes, payload: 0..<bytes.count)
        if case .inputRequired = read.kind { Issue.record("it was taken for a request for input") }
    }
}
