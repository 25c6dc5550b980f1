import Bytes
import JSON
import MCP
import Testing

/// What a target asks for, as requests to a legacy client.
struct InputQuestionsTests {
    private static let form =
        #"{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"n":1.50}}}"#

    private static func questions(_ result: String) throws(ToolResultFault) -> InputQuestions {
        let bytes = Array(" \(result)x".utf8)
        return try InputQuestions(1..<bytes.count - 1, in: bytes.span)
    }

    private static func request(_ index: Int, of questions: InputQuestions) -> String {
        var out = ByteBuffer()
        questions.appendRequest(index, id: "q-1", to: &out)
        return out.text
    }

    @Test func `each request keeps the bytes of its method and params, on one line`() throws {
        let questions = try Self.questions(
            "{\"inputRequests\":{\"a\\u0062\":\(Self.form),\n\"r\":{\"params\":null,\"method\":\"roots\\/list\"}},\"requestState\":\"s\\n\"}"
        )
        #expect(questions.count == 2 && questions.needed == [.form, .roots])
        #expect(
            Self.request(0, of: questions)
                == #"{"jsonrpc":"2.0","id":"q-1","method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"n":1.50}}}"#
        )
        #expect(Self.request(1, of: questions) == #"{"jsonrpc":"2.0","id":"q-1","method":"roots\/list"}"#)
        #expect(questions.method(of: 1) == "roots/list")
        #expect(questions.keys.map { String(decoding: $0, as: UTF8.self) } == [#""a\u0062""#, #""r""#])
        #expect(String(decoding: questions.state, as: UTF8.self) == #""s\n""#)
        let answers = [Array(#"{"x": 1.0}"#.utf8), Array("{}".utf8)]
        let responses = InputQuestions.responses(questions.keys, answers)
        #expect(String(decoding: responses, as: UTF8.self) == #"{"a\u0062":{"x": 1.0},"r":{}}"#)
    }

    @Test(arguments: [
        (#""url":"https://x/""#, #","elicitationId":"q-1"}"#),
        (#""url":"u","elicitationId":"own""#, #""own"}"#),
    ])
    func `a page to open has an id of its own or the request's`(_ members: String, _ end: String) throws {
        let page = #"{"method":"elicitation/create","params":{"mode":"url","message":"m",\#(members)}}"#
        let text = Self.request(0, of: try Self.questions(#"{"inputRequests":{"p":\#(page)}}"#))
        #expect(text.hasSuffix("\(end)}"), "\(text)")
        #expect((try? JSONValue(parsing: text)) != nil)
    }

    @Test(arguments: [
        "{}", #"{"inputRequests":{}}"#, #"{"inputRequests":[]}"#, #"{"inputRequests":{"a":{}}}"#,
        #"{"inputRequests":{"a":{"method":"ping"}}}"#, #"{"requestState":1}"#, "[]", "7",
        #"{"inputRequests":{"a":{"method":"roots/list"},"a":{"method":"roots/list"}}}"#,
        #"{"inputRequests":{"\#(String(repeating: "k", count: 70_000))":{"method":"roots/list"}}}"#,
        #"{"requestState":"\#(String(repeating: "s", count: 70_000))"}"#,
    ])
    func `what can't be asked is refused`(_ result: String) {
        #expect(throws: ToolResultFault.self) { try Self.questions(result) }
    }

    @Test func `half a surrogate pair, which strict readers refuse, is replaced`() throws {
        let questions = try Self.questions(
            #"{"inputRequests":{"a":{"method":"sampling/createMessage","params":{"messages":["\ud800"],"maxTokens":1}}}}"#
        )
        #expect(!Self.request(0, of: questions).contains("ud800"))
    }

    @Test func `random changes of a result never stop the reader, and what it takes is valid`() throws {
        let text = #"{"inputRequests":{"a":\#(Self.form),"b":{"method":"roots/list"}},"requestState":"s"}"#
        var generator = SplitMix(state: 11)
        var taken = 0
        for _ in 0..<20_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: index)
                }
            }
            // Only valid JSON comes here.
            guard (try? JSON.validate(bytes.span)) != nil,
                let questions = try? InputQuestions(0..<bytes.count, in: bytes.span)
            else { continue }
            taken += 1
            for index in 0..<questions.count {
                let request = Self.request(index, of: questions)
                #expect((try? JSONValue(parsing: request))?["method"] != nil && !request.contains("\n"))
            }
        }
        #expect(taken > 100)
    }

    @Test(arguments: [
        (#""result":{"a":1}"#, #"{"a":1}"#, false), (#""error":{"code":1}"#, #"{"code":1}"#, true),
        (#""result":null,"error":{"code":1}"#, #"{"code":1}"#, true),
        (#""result":{},"error":null"#, "{}", false), (#""error":{"c":1},"result":{}"#, #"{"c":1}"#, true),
        (#""result":null"#, nil, false),
    ])
    func `a response has its result or its error`(_ members: String, _ outcome: String?, _ isError: Bool)
        throws
    {
        let bytes = Array(#" {"jsonrpc":"2.0","id":"q",\#(members)} "#.utf8)
        let message = try RPCMessage(bytes.span, in: 0..<bytes.count)
        #expect(message.isResponse && message.outcomeIsError == isError)
        #expect(message.outcome.map { String(decoding: bytes[$0], as: UTF8.self) } == outcome)
    }
}
