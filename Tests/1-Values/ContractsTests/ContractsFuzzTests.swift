import Bytes
import Contracts
import JSON
import Testing

struct ContractsFuzzTests {
    private static let seeds = [
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
        #"{"temperature":[4.5e1,null,"°"],"of":{"content":[{"type":"resource_link","uri":"x","name":"y"}]}}"#,
    ]

    @Test
    func `24,000 mutated answers give a valid result or an error, and never crash`() {
        var state: UInt64 = 5
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let alphabet = Array("{}[]\",:\\u0eE.-+ntf \n".utf8) + [0, 0x80, 0xc3, 0xed, 0xf4, 0xff]
        var (results, lists) = (0, 0)
        var answered: [Contract: Int] = [:]
        let contracts = [Contract.mcpWrapper, .jsonrpc, .function, .agentcore]
        for round in 0..<24_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<below(5) {
                let place = below(bytes.count)
                switch below(5) {
                case 0: bytes[place] = alphabet[below(alphabet.count)]
                case 1: bytes.insert(alphabet[below(alphabet.count)], at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + below(12)))
                case 3: bytes.removeSubrange(place...)
                default:
                    bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + below(30))], at: place)
                }
                if bytes.isEmpty { bytes = [UInt8(ascii: "{")] }
            }
            // Each seed meets each contract.
            let contract = contracts[round / Self.seeds.count % contracts.count]
            let range = 0..<bytes.count
            answered[contract, default: 0] += 1
            let answer = contract.readCallAnswer(bytes, payload: range)
            switch answer.kind {
            case .result(let range, let isError):
                if (try? JSON.validate(answer.bytes.span, in: range)) == nil {
                    Issue.record("not JSON: \(answer.bytes.span.text(range))")
                }
                if !isError { results += 1 }
            case .protocolError(_, let message, let data):
                #expect(!message.isEmpty)
                if let data, (try? JSON.validate(answer.bytes.span, in: data)) == nil {
                    Issue.record("not JSON: \(answer.bytes.span.text(data))")
                }
            case .failed(let error): #expect(error.text.unicodeScalars.count <= 4_001)
            case .unusable(let text): #expect(!text.isEmpty)
            }
            if let list = try? contract.readToolList(bytes, payload: range) {
                lists += list.tools.count
            }
        }
        #expect(results > 6_000 && lists > 300, "\(results) \(lists)")
        #expect(answered == Dictionary(uniqueKeysWithValues: contracts.map { ($0, 6_000) }))
    }
}
