import Bytes
import Contracts
import JSON
import MCP
import Testing

/// What functions are asked besides their tools, and how their answers are read.
struct QuestionTests {
    private func list(_ contract: Contract, _ kind: CatalogKind) -> String {
        var out = ByteBuffer()
        contract.appendListPayload(of: kind, cursor: "c", id: 7, to: &out)
        return out.text
    }

    @Test func `each kind is listed by its own method, and by no contract that has no message for it`() {
        #expect(list(.mcpWrapper, .prompt) == #"{"method":"prompts/list","params":{"cursor":"c"}}"#)
        #expect(
            list(.jsonrpc, .template)
                == #"{"jsonrpc":"2.0","id":7,"method":"resources/templates/list","params":{"cursor":"c"}}"#
        )
        #expect(list(.httpV2, .resource).contains(#"\"method\":\"resources/list\""#))
        #expect(list(.agentcore, .prompt) == "" && list(.function, .resource) == "")
    }

    struct Payload: Sendable {
        let contract: Contract
        let payload: String
    }

    private static let params = #""name":"p","arguments":{"a":"\u00e9"}"#

    private func ask(_ contract: Contract) throws -> String {
        let request = #"{"_meta":{"progressToken":"t","x":1}}"#
        let bytes = Array(request.utf8)
        let content = CallContent(
            tool: "",
            target: "docs",
            meta: JSON.member("_meta", of: 0..<bytes.count, in: bytes.span),
            id: 8
        )
        var event = CallEvent(payload: ByteBuffer())
        let question = FunctionQuestion("prompts/get", params: ByteBuffer(Self.params), mirrored: "p")
        try contract.append(question, content, of: bytes.span, to: &event)
        _ = try JSON.validate(event.payload.bytes.span)
        return event.payload.text
    }

    @Test(arguments: [
        Payload(contract: .mcpWrapper, payload: #"{"method":"prompts/get","params":{\#(params)}}"#),
        Payload(
            contract: .jsonrpc,
            payload:
                #"{"jsonrpc":"2.0","id":8,"method":"prompts/get","params":{\#(params),"_meta":{"progressToken":"t","x":1}}}"#
        ),
    ])
    func `a question carries its members, and of the client's _meta what calls carry`(_ row: Payload) throws {
        #expect(try ask(row.contract) == row.payload)
    }

    @Test(arguments: [Contract.agentcore, .function])
    func `a function that takes any event for a call is asked nothing`(_ contract: Contract) {
        #expect(throws: ContractError.self) { try ask(contract) }
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let contract: Contract
        let text: String
        /// The result as it lies in the answer; else the words of the failure.
        var result: String?
        var failure: String?

        var testDescription: String { "\(contract.rawValue) \(text)" }
    }

    @Test(arguments: [
        Answer(contract: .mcpWrapper, text: #"{"messages":[1.50]}"#, result: #"{"messages":[1.50]}"#),
        Answer(
            contract: .mcpWrapper,
            text: #"{"statusCode":200,"body":"{\"contents\":[]}"}"#,
            result: #"{"contents":[]}"#
        ),
        Answer(
            contract: .jsonrpc,
            text: #"{"jsonrpc":"2.0","id":1,"result":{"messages":[]}}"#,
            result: #"{"messages":[]}"#
        ),
        Answer(
            contract: .httpV2,
            text: #"{"statusCode":200,"body":"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"contents\":[]}}"}"#,
            result: #"{"contents":[]}"#
        ),
        Answer(
            contract: .jsonrpc,
            text: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"gone"}}"#,
            failure: "-32002 gone"
        ),
        Answer(contract: .mcpWrapper, text: #"{"statusCode":404,"body":"no"}"#, failure: "no"),
        Answer(
            contract: .mcpWrapper,
            text: #"{"statusCode":500,"body":"{\"error\":\"boom\"}"}"#,
            failure: "boom"
        ),
        Answer(
            contract: .mcpWrapper,
            text: #"{"errorType":"KeyError","errorMessage":"'x'"}"#,
            failure: "'x'"
        ),
        Answer(contract: .mcpWrapper, text: "[1]", failure: "no object"),
        Answer(contract: .mcpWrapper, text: "hello", failure: "no object"),
        Answer(contract: .mcpWrapper, text: "", failure: "nothing"),
        Answer(contract: .jsonrpc, text: #"{"jsonrpc":"2.0","id":1,"result":[]}"#, failure: "no object"),
        Answer(contract: .jsonrpc, text: #"{"jsonrpc":"2.0","id":1}"#, failure: "neither"),
        Answer(contract: .httpV2, text: #"{"statusCode":500,"body":"oops"}"#, failure: "oops"),
    ])
    func `an answer's result is left as it is, and a failure keeps its words`(_ row: Answer) {
        let bytes = Array(row.text.utf8)
        let answer = row.contract.readAnswer(bytes, payload: 0..<bytes.count)
        switch answer.kind {
        case .result(let range, let isError):
            #expect(!isError && answer.bytes.span.text(range) == row.result)
        case .inputRequired(let range): #expect(answer.bytes.span.text(range) == row.result)
        case .failed(let error): #expect(error.text.contains(row.failure ?? "-"))
        case .unusable(let text): #expect(text.contains(row.failure ?? "-"), "\(text)")
        case .protocolError(let code, let message, _): #expect("\(code) \(message)" == row.failure)
        }
    }

    struct Listing: Sendable, CustomTestStringConvertible {
        let contract: Contract
        let kind: CatalogKind
        let text: String
        var names: [String]?
        /// Whether the function says that it has no such list; else the answer is no list.
        var isUnserved = false

        var testDescription: String { "\(contract.rawValue) \(kind) \(text)" }
    }

    @Test(arguments: [
        Listing(
            contract: .mcpWrapper,
            kind: .prompt,
            text: #"{"prompts":[{"name":"a"},{"x":1}]}"#,
            names: ["a"]
        ),
        Listing(
            contract: .jsonrpc,
            kind: .resource,
            text:
                #"{"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"a:b","name":"n"}],"nextCursor":"c"}}"#,
            names: ["a:b"]
        ),
        Listing(
            contract: .httpV2,
            kind: .template,
            text:
                #"{"statusCode":200,"body":"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resourceTemplates\":[{\"uriTemplate\":\"a:{b}\"}]}}"}"#,
            names: ["a:{b}"]
        ),
        // A function that looks at no method answers its tools to everything.
        Listing(contract: .mcpWrapper, kind: .prompt, text: #"[{"name":"a","inputSchema":{}}]"#),
        Listing(contract: .mcpWrapper, kind: .prompt, text: #"{"tools":[{"name":"a","inputSchema":{}}]}"#),
        Listing(contract: .jsonrpc, kind: .prompt, text: "null"),
        Listing(
            contract: .jsonrpc,
            kind: .prompt,
            text: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"m"}}"#
        ),
        Listing(
            contract: .jsonrpc,
            kind: .prompt,
            text: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m"}}"#,
            isUnserved: true
        ),
        Listing(
            contract: .mcpWrapper,
            kind: .prompt,
            text: #"{"statusCode":404,"body":"x"}"#,
            isUnserved: true
        ),
        Listing(
            contract: .mcpWrapper,
            kind: .prompt,
            text: #"{"statusCode":500,"body":"x"}"#,
            isUnserved: true
        ),
        Listing(contract: .mcpWrapper, kind: .prompt, text: #"{"statusCode":403,"body":"x"}"#),
        Listing(contract: .httpV1, kind: .prompt, text: #"{"statusCode":404,"body":"x"}"#, isUnserved: true),
        Listing(
            contract: .httpV1,
            kind: .prompt,
            text:
                #"{"statusCode":200,"body":"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"m\"}}"}"#,
            isUnserved: true
        ),
    ])
    func `a list is read by its own member, and what isn't served is told from what can't be read`(
        _ row: Listing
    ) {
        let bytes = Array(row.text.utf8)
        do throws(ContractError) {
            let list = try row.contract.readList(of: row.kind, bytes, payload: 0..<bytes.count)
            #expect(list.tools.map { $0.name } == row.names)
        } catch {
            #expect(row.names == nil, "\(error)")
            if case .notServed = error {
                #expect(row.isUnserved)
            } else {
                #expect(!row.isUnserved, "\(error)")
            }
        }
    }
}
