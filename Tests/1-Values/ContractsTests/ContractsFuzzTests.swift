import Bytes
import Contracts
import JSON
import MCP
import Testing

struct ContractsFuzzTests {
    private static let seeds = [
        #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"}},"requestState":"s"}}"#,
        #"{"statusCode":200,"body":"{\"content\":[{\"type\":\"text\",\"text\":\"\\u00e9\\ud83d\\ude00\"}],\"isError\":false,\"resultType\":\"complete\"}"}"#,
        #"{"jsonrpc":"2.0","id":7,"result":{"content":[{"text":"x","type":"text"}],"structuredContent":{"a":1.0}}}"#,
        #"{"statusCode":"404","body":{"error":{"message":"m"}}}"#,
        #"{"result":[[{"type":"text","text":"a"}],{"b":2}]}"#,
        #"{"tools":[{"name":"a","inputSchema":{"type":"object"}},{"name":"b","inputSchema":{}}],"nextCursor":"x"}"#,
        #"{"errorMessage":"no such city","errorType":"ValueError","stackTrace":[]}"#,
        #"{"statusCode":200,"body":"\"{\\\"is_error\\\":true,\\\"content\\\":[{\\\"type\\\":\\\"text\\\"}]}\""}"#,
        #"{"StatusCode":200,"Body":"event: message\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"result\":{}}\n\n"}"#,
        #"{"statusCode":302,"headers":{"Location":"x"},"body":"eyJjb250ZW50IjpbXX0=","isBase64Encoded":true}"#,
        #"{"resultType":"complete","content":[],"body":"[]","error":null,"isBase64Encoded":false}"#,
        #""{\"content\":[{\"type\":\"image\",\"data\":\"AA==\",\"mimeType\":\"image/png\"}],\"isError\":true}""#,
        #"{"result":{"prompts":[{"name":"a"}],"resources":[{"uri":"a:b","name":"n"}],"resourceTemplates":[]}}"#,
        #"{"temperature":[4.5e1,null,"°"],"of":{"content":[{"type":"resource_link","uri":"x","name":"y"}]}}"#,
    ]

    private static let responses = [
        #"{"statusCode":200,"headers":{"Mcp-Session-Id":"s"},"body":"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[],\"protocolVersion\":\"2025-06-18\"}}","isBase64Encoded":false}"#,
        #"{"statusCode":200,"multiValueHeaders":{"A":["b"]},"body":"event: message\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\r\n\r\ndata: {\"id\":1,\"jsonrpc\":\"2.0\",\"result\":{\"tools\":[]}}\r\n\r\n"}"#,
        #"{"statusCode":200,"headers":{}}"# + String(repeating: "\0", count: 8)
            + #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"\u00e9"}]}}"#,
        #"{"statusCode":200,"body":"eyJqc29ucnBjIjoiMi4wIiwiaWQiOjEsInJlc3VsdCI6eyJjb250ZW50IjpbXX19","isBase64Encoded":true}"#,
        #"{"statusCode":404,"body":"{\"jsonrpc\":\"2.0\",\"id\":\"server-error\",\"error\":{\"code\":-32600,\"message\":\"Session not found\"}}"}"#,
        #"{"statusCode":502,"headers":{"location":"/"},"body":"<html><title>x</title>"}"#,
        #"{"statusCode":500,"body":"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"m\"},\"errorContent\":[]}"}"#,
    ]

    @Test
    func `24,000 mutated answers give a valid result or an error, and never crash`() {
        let counts = mutate(Self.seeds, rounds: 24_000, [.mcpWrapper, .jsonrpc, .function, .agentcore])
        #expect(counts.results > 6_000 && counts.lists > 300, "\(counts)")
    }

    @Test
    func `8,000 mutated HTTP responses give a valid result or an error, and never crash`() {
        let counts = mutate(Self.responses, rounds: 8_000, [.httpV1, .httpV2])
        #expect(counts.results > 500, "\(counts)")
    }

    private func mutate(_ seeds: [String], rounds: Int, _ contracts: [Contract]) -> (results: Int, lists: Int)
    {
        let alphabet = Array("{}[]\",:\\u0eE.-+ntf \n".utf8) + [0, 0x80, 0xc3, 0xed, 0xf4, 0xff]
        var random = Mutations(seed: 5, alphabet: alphabet)
        var (results, lists) = (0, 0)
        var answered: [Contract: Int] = [:]
        for round in 0..<rounds {
            let bytes = random.mutated(seeds[round % seeds.count])
            // Each seed is tried with each contract.
            let contract = contracts[round / seeds.count % contracts.count]
            let range = 0..<bytes.count
            answered[contract, default: 0] += 1
            let answer = contract.readCallAnswer(bytes, payload: range)
            if case .result(_, isError: false) = answer.kind { results += 1 }
            check(answer, of: contract)
            if let list = try? contract.readToolList(bytes, payload: range) {
                lists += list.tools.count
            }
            // Whatever else may be asked for.
            for kind in [CatalogKind.prompt, .resource, .template] {
                guard let list = try? contract.readList(of: kind, bytes, payload: range) else { continue }
                lists += list.tools.count
            }
            if case .result(let range, _) = contract.readAnswer(bytes, payload: range).kind {
                #expect(range.lowerBound < range.upperBound)
            }
            if contract.isHTTP {
                let session = HTTPSession(id: "s", version: "2025-06-18")
                let http = HTTPExchange(session: round % 3 == 0 ? session : nil)
                let reading = HTTPEventContract.readCall(bytes, payload: range, id: 1, over: http)
                #expect(HTTPEventContract.retry(bytes, payload: range, over: http) == reading.retry)
                _ = try? HTTPEventContract.readSession(bytes, payload: range, over: http)
            }
        }
        #expect(
            answered.count == contracts.count
                && (answered.values.min() ?? 0) > rounds / contracts.count - seeds.count
        )
        return (results, lists)
    }

    /// Checks that what was read is JSON, and that texts are bounded.
    private func check(_ answer: CallAnswer, of contract: Contract) {
        func checkJSON(_ range: Range<Int>) {
            if (try? JSON.validate(answer.bytes.span, in: range)) == nil {
                Issue.record("not JSON: \(answer.bytes.span.text(range))")
            }
        }
        switch answer.kind {
        case .result(let range, _): checkJSON(range)
        case .inputRequired(let range):
            #expect(contract.carriesInput)
            checkJSON(range)
        case .protocolError(_, let message, let data):
            #expect(!message.isEmpty)
            if let data { checkJSON(data) }
        case .failed(let error): #expect(error.text.unicodeScalars.count <= 4_001)
        case .unusable(let text): #expect(!text.isEmpty)
        }
    }
}
