import Bytes
import Contracts
import JSON
import Testing

/// The answers of functions behind HTTP events, in all their forms.
struct HTTPAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let answer: String
        let read: String
        var testDescription: String { answer }

        init(_ answer: String, _ read: String) { (self.answer, self.read) = (answer, read) }
    }

    private static let fine = #"{"content":[{"type":"text","text":"fine"}]}"#
    private static let response = #"{"jsonrpc":"2.0","id":8,"result":\#(fine)}"#

    private static func http(_ body: String, status: Int = 200, _ members: String = "") -> String {
        #"{"statusCode":\#(status),"body":\#(JSONValue.string(body).text)\#(members)}"#
    }

    private static func refusal(_ code: Int, _ text: String, status: Int, data: String = "") -> String {
        http(
            #"{"jsonrpc":"2.0","id":null,"error":{"code":\#(code),"message":"\#(text)"\#(data)}}"#,
            status: status
        )
    }

    /// An answer in short form.
    private func shown(_ reading: HTTPReading) -> String {
        let text =
            switch reading.answer.kind {
            case .result(let range, let isError):
                (isError ? "error: " : "") + reading.answer.bytes.span.text(range)
            case .inputRequired(let range): "asks: " + reading.answer.bytes.span.text(range)
            case .failed(let error):
                "failed(\(error.status ?? 0)): \(error.text)\(error.hint.isEmpty ? "" : " | \(error.hint)")"
            case .protocolError(let code, let message, _): "\(code): \(message)"
            case .unusable(let text):
                "unusable: " + text.replacing("The function's answer can't be used: ", with: "")
            }
        return reading.retry.map { "\($0)! \(text)" } ?? text
    }

    private func read(_ answer: [UInt8], over http: HTTPExchange = HTTPExchange()) -> String {
        for contract in [Contract.httpV1, .httpV2] {
            let same = contract.readCallAnswer(answer, payload: 0..<answer.count)
            #expect(same == HTTPEventContract.readCall(answer, payload: 0..<answer.count).answer)
        }
        // The answer is inside a larger response.
        let bytes = Array("head".utf8) + answer + Array("next".utf8)
        return shown(HTTPEventContract.readCall(bytes, payload: 4..<4 + answer.count, id: 8, over: http))
    }

    private static let encoded = "eyJqc29ucnBjIjoiMi4wIiwiaWQiOjgsInJlc3VsdCI6eyJjb250ZW50IjpbXX19"

    @Test(arguments: [
        Row(http(response), fine),
        Row(
            http(
                response,
                #","headers":{"Content-Type":"application/json"},"isBase64Encoded":false,"cookies":["a=b"]"#
            ),
            fine
        ),
        Row(http(response, #","multiValueHeaders":{"content-type":["application/json"]}"#), fine),
        Row(#"{"statusCode":"200","body":\#(JSONValue.string(response).text)}"#, fine),
        Row(#"{"statusCode":200,"body":\#(response)}"#, fine),
        // A function behind an HTTP API may return the body alone.
        Row(response, fine),
        Row(#"{"body":\#(JSONValue.string(response).text)}"#, fine),
        Row(#"{"statusCode":200,"body":"\#(encoded)","isBase64Encoded":true}"#, #"{"content":[]}"#),
        Row(
            #"{"statusCode":200,"body":"H4sIAAAAAAAA","isBase64Encoded":true}"#,
            "unusable: the body is compressed with gzip; return it uncompressed"
        ),
        Row(
            #"{"statusCode":200,"headers":{"Content-Encoding":"br"},"body":"gwqAbWVz","isBase64Encoded":true}"#,
            "unusable: the body is compressed with br; return it uncompressed"
        ),
        Row(
            #"{"statusCode":200,"body":"%%%","isBase64Encoded":true}"#,
            "unusable: isBase64Encoded is true, but the body is not Base64; return text and leave it out"
        ),
        Row(
            #"{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"no"}],"isError":true},"error":null}"#,
            #"error: {"content":[{"type":"text","text":"no"}],"isError":true}"#
        ),
        Row(
            #"{"jsonrpc":"2.0","id":8,"result":null,"error":{"code":-32001,"message":"m"}}"#,
            "-32001: m"
        ),
    ])
    func `a JSON body is read in each wrapping`(_ row: Row) {
        #expect(read(Array(row.answer.utf8)) == row.read)
    }

    private static let note =
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#
    private static let ask = #"{"jsonrpc":"2.0","id":8,"method":"sampling/createMessage","params":{}}"#

    @Test(arguments: ["\r\n", "\n", "\r"])
    func `from a stream of events, the response to the request is taken`(_ line: String) {
        func events(_ messages: [String]) -> String {
            messages.map { "event: message\(line)data: \($0)\(line)\(line)" }.joined()
        }
        let other = #"{"jsonrpc":"2.0","id":"9","result":{"content":[]}}"#
        let asText = Self.response.replacing(#""id":8"#, with: #""id":"8""#)
        let head = #","headers":{"content-type":"text/event-stream"}"#
        for messages in [
            [Self.response], [Self.note, Self.note, Self.response], [Self.ask, Self.response],
            [other, Self.response],
            [asText], [Self.response, other], ["ping", Self.response],
        ] {
            #expect(read(Array(Self.http(events(messages), head).utf8)) == Self.fine, "\(messages)")
        }
        // An error may have no id.
        let error = #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"no"}}"#
        #expect(read(Array(Self.http(events([Self.note, error])).utf8)) == "-32600: no")
        let cut = ": hello\(line)id: 1\(line)retry: 3\(line)data: \(Self.response)"
        #expect(read(Array(Self.http(cut).utf8)) == Self.fine)
        let parts = "data: {\"jsonrpc\":\"2.0\",\"id\":8,\(line)data:\"result\":\(Self.fine)}\(line)\(line)"
        #expect(read(Array(Self.http(parts).utf8)) == Self.fine)
        #expect(
            read(Array(Self.http(events([Self.note])).utf8))
                == "unusable: the body is a stream of events without a JSON-RPC response"
        )
        let truncated = String(Self.http(events([Self.response])).dropLast(2))
        #expect(read(Array(truncated.utf8)).hasPrefix("unusable: the function's answer is not valid JSON"))
        let broken = read(Array(Self.http("data: " + Self.response.dropLast(3)).utf8))
        #expect(
            broken.hasPrefix(
                "unusable: the body is a stream of events without a JSON-RPC response; the body is not"
            )
        )
    }

    @Test func `the body of a buffered streamed response follows eight zero bytes`() {
        let zeros = [UInt8](repeating: 0, count: 8)
        let prelude = Array(
            #"{"statusCode":200,"headers":{"content-type":"application/json"},"cookies":[]}"#.utf8
        )
        #expect(read(prelude + zeros + Array(Self.response.utf8)) == Self.fine)
        let event = Array("event: message\r\ndata: \(Self.response)\r\n\r\n".utf8)
        #expect(read(prelude + zeros + event) == Self.fine)
        let failed = Array(#"{"statusCode":502}"#.utf8)
        #expect(read(failed + zeros + Array("bad gateway".utf8)) == "failed(502): bad gateway")
        #expect(read(prelude + zeros).hasPrefix("unusable: the status is 200 and the body is empty"))
        let short = read(prelude + zeros.dropLast() + Array(Self.response.utf8))
        #expect(short.hasPrefix("unusable: there are more bytes after the HTTP response"))
    }

    @Test(arguments: [
        Row("", "unusable: the function returned nothing; a tool call or list needs an HTTP response"),
        Row(
            #""hello""#,
            #"unusable: it is not an HTTP response {"statusCode","headers","body"}; it begins "hello""#
        ),
        Row("null", #"unusable: it is not an HTTP response {"statusCode","headers","body"}; it begins null"#),
        Row(
            #"{"statusCode":200,"body":"#,
            "unusable: the function's answer is not valid JSON: "
                + #"the JSON text ends too early at byte 25 of 25; it begins {"statusCode":200,"body":"#
        ),
        Row(http("", status: 202), "unusable: the status is 202 and the body is empty"),
        Row(#"{"statusCode":204}"#, "unusable: the status is 204 and the body is empty"),
        Row(
            http("<!DOCTYPE html><title>Home</title>", #","headers":{"Content-Type":"text/html"}"#),
            "unusable: the status is 200, but the body is not a JSON-RPC response: it is text of type text/html that "
                + "begins <!DOCTYPE html><title>Home</title>"
        ),
        Row(
            http(#"{"tools":[]}"#),
            #"unusable: the status is 200, but the body is not a JSON-RPC response; it begins {"tools":[]}"#
        ),
        Row(
            http("[1]"),
            "unusable: the status is 200, but the body is not a JSON-RPC response; it begins [1]"
        ),
        Row(
            http(#"{"jsonrpc":"2.0","id":8}"#),
            "unusable: the JSON-RPC response has neither a result nor an error"
        ),
    ])
    func `an unusable answer is described in a message`(_ row: Row) {
        #expect(read(Array(row.answer.utf8)) == row.read)
    }

    @Test(arguments: [
        // A tool's failure, as mcp-lambda-handler reports it.
        Row(
            http(
                #"{"jsonrpc":"2.0","id":"8","result":null,"error":{"code":-32603,"message":"Error executing tool: boom"},"#
                    + #""errorContent":[{"type":"error","text":"boom"}]}"#,
                status: 500
            ),
            #"error: {"content":[{"type":"text","text":"Error executing tool: boom"}]}"#
        ),
        Row(refusal(-32603, "Internal error", status: 500), "failed(500): Internal error"),
        Row(refusal(-32602, "Unknown tool: x", status: 400), "-32602: Unknown tool: x"),
        Row(refusal(-32601, "Tool 'x' not found", status: 404), "-32601: Tool 'x' not found"),
        Row(refusal(-32000, "busy", status: 429), "-32000: busy"),
        Row(
            http(#"{"jsonrpc":"2.0","id":8,"result":\#(fine)}"#, status: 500),
            "error: \(fine)"
        ),
        Row(
            http("<html><head><TITLE> 502 Bad Gateway </TITLE></head><body>…</body></html>", status: 502),
            "failed(502): 502 Bad Gateway (a web page)"
        ),
        Row(http("<html><body>", status: 503), "failed(503): a web page"),
        Row(http("", status: 504), "failed(504): The function answered with status 504."),
        Row(http(#"{"message":"Internal Server Error"}"#, status: 502), "failed(502): Internal Server Error"),
        Row(
            #"{"statusCode":502,"body":"{\"jsonrpc\":\"2.0\",\"id\""}"#,
            "failed(502): The function answered with status 502."
        ),
        Row(
            http("Invalid Host header", status: 421),
            "failed(421): Invalid Host header | the function doesn't take the Host header localhost:8080; "
                + "set http_host of the target to one that it takes"
        ),
        Row(
            http("Not Found", status: 404),
            "failed(404): Not Found | there is no MCP endpoint at /mcp; set http_path of the target"
        ),
        Row(
            http("", status: 307, #","headers":{"Location":"http://localhost:8080/mcp/"}"#),
            "failed(307): The function answered with status 307. | redirects aren't followed, "
                + "this one is to http://localhost:8080/mcp/; "
                + "set http_path of the target to the path of the function's MCP endpoint"
        ),
        Row(
            http("Unauthorized", status: 401),
            "failed(401): Unauthorized | the function asks for a credential, and the gateway sends it none"
        ),
        Row(
            http("Invalid Content-Type header", status: 415),
            "failed(415): Invalid Content-Type header | "
                + "the function takes other content types than MCP's streamable HTTP has"
        ),
    ])
    func `a refusal has the function's message for the agent and a hint for the operator`(_ row: Row) {
        #expect(read(Array(row.answer.utf8)) == row.read)
    }

    struct Asking: Sendable {
        let answer: String
        var inSession = false
        let retry: HTTPReading.Retry?
    }

    private static let supported = #","data":{"supported":["2026-07-28"],"requested":"2025-06-18"}"#

    @Test(arguments: [
        // Answers of mcp for Python, mcp-lambda-handler, mcp for TypeScript and its examples, and plain text.
        Asking(answer: refusal(-32600, "Bad Request: Missing session ID", status: 400), retry: .withSession),
        Asking(answer: refusal(-32000, "Session required", status: 400), retry: .withSession),
        Asking(
            answer: refusal(-32000, "Bad Request: Server not initialized", status: 400),
            retry: .withSession
        ),
        Asking(
            answer: refusal(-32000, "Bad Request: No valid session ID provided", status: 400),
            retry: .withSession
        ),
        Asking(answer: http("Invalid session ID", status: 400), retry: .withSession),
        Asking(
            answer: refusal(-32600, "Session not found", status: 404),
            inSession: true,
            retry: .withSession
        ),
        Asking(
            answer: refusal(-32000, "Invalid or expired session", status: 404),
            inSession: true,
            retry: .withSession
        ),
        Asking(
            answer: refusal(-32600, "Not Found: Session has been terminated", status: 404),
            inSession: true,
            retry: .withSession
        ),
        Asking(answer: http("gone", status: 404), inSession: true, retry: .withSession),
        Asking(
            answer: refusal(-32600, "Bad Request: Unsupported protocol version: 2025-06-18", status: 400),
            retry: .withSession
        ),
        Asking(answer: refusal(-32022, "Unsupported", status: 400, data: supported), retry: .modern),
        Asking(answer: refusal(-32022, "Unsupported", status: 400), retry: .withSession),
        // These may have come from tools or from elsewhere, or the tool may have run.
        Asking(answer: http("Not Found", status: 404), retry: nil),
        Asking(answer: refusal(-32601, "Tool 'session' not found", status: 404), inSession: true, retry: nil),
        Asking(answer: refusal(-32602, "session must be a string", status: 400), retry: nil),
        Asking(answer: refusal(-32603, "session lost", status: 400), retry: nil),
        Asking(answer: refusal(-32600, "Missing session ID", status: 500), retry: nil),
        Asking(answer: refusal(-32600, "Missing session ID", status: 200), retry: nil),
        Asking(answer: refusal(-32000, "busy", status: 400), inSession: true, retry: nil),
        Asking(answer: "{", inSession: true, retry: nil),
        // The answer of mcp for TypeScript for a session that it doesn't know.
        Asking(
            answer: refusal(-32001, "Session not found", status: 404),
            inSession: true,
            retry: .withSession
        ),
        Asking(answer: refusal(-32001, "Session not found", status: 404), retry: nil),
        // A result, whatever the status and the message.
        Asking(answer: http(response, status: 404), inSession: true, retry: nil),
        Asking(answer: http(lost, status: 404), inSession: true, retry: nil),
        Asking(answer: http(lost, status: 400), retry: nil),
        Asking(answer: http(lost, status: 404), retry: nil),
        Asking(answer: http(#"{"jsonrpc":"2.0","id":8,"result":"session"}"#, status: 400), retry: nil),
        // A tool's failure as mcp-lambda-handler reports it, whatever the code.
        Asking(answer: toolFailure(-32000, status: 400), retry: nil),
        Asking(answer: toolFailure(-32600, status: 404), inSession: true, retry: nil),
        // Another code, which may be a tool's.
        Asking(answer: refusal(17, "session lost", status: 400), retry: nil),
        Asking(answer: refusal(17, "no order", status: 404), inSession: true, retry: nil),
        // A tool's own JSON.
        Asking(answer: http(#"{"message":"checkout session expired"}"#, status: 400), retry: nil),
        Asking(
            answer: http(#"{"message":"checkout session expired"}"#, status: 404),
            inSession: true,
            retry: nil
        ),
        Asking(answer: http(#""session expired""#, status: 400), retry: nil),
        Asking(answer: http(crash, status: 400), retry: nil),
        Asking(answer: http(crash, status: 404), inSession: true, retry: nil),
        // In a session, a tool may have written this; and an unreadable answer may be anything.
        Asking(answer: http("checkout session expired", status: 400), inSession: true, retry: nil),
        Asking(answer: http(#"{"jsonrpc":"#, status: 404), inSession: true, retry: nil),
    ])
    func `only a request that was evidently refused for its session is sent again`(_ row: Asking) {
        let session = row.inSession ? HTTPSession(id: "s", version: "2025-06-18") : nil
        let http = HTTPExchange(session: session)
        let bytes = Array(row.answer.utf8)
        #expect(
            HTTPEventContract.readCall(bytes, payload: 0..<bytes.count, id: 8, over: http).retry == row.retry
        )
        #expect(HTTPEventContract.retry(bytes, payload: 0..<bytes.count, over: http) == row.retry)
    }

    private static let lost =
        #"{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"no checkout session"}]}}"#
    private static let crash = #"{"errorType":"KeyError","errorMessage":"no session","stackTrace":[]}"#

    private static func toolFailure(_ code: Int, status: Int) -> String {
        http(
            #"{"jsonrpc":"2.0","id":"8","result":null,"error":{"code":\#(code),"message":"no session"},"#
                + #""errorContent":[{"type":"error","text":"no session"}]}"#,
            status: status
        )
    }

    struct Ending: Sendable {
        let answer: String
        var inSession = true
        let isOver: Bool
    }

    @Test(arguments: [
        // These aren't sent again, but 404 means that there is no such session.
        Ending(answer: http(#"{"message":"no such session"}"#, status: 404), isOver: true),
        Ending(answer: refusal(17, "no order", status: 404), isOver: true),
        Ending(answer: http(#"{"jsonrpc":"#, status: 404), isOver: true),
        // The answer of older mcp-go.
        Ending(answer: http("Invalid session ID", status: 400), isOver: true),
        Ending(answer: http("Invalid session ID", status: 400), inSession: false, isOver: false),
        Ending(answer: http(#"{"message":"checkout session expired"}"#, status: 400), isOver: false),
        Ending(answer: refusal(-32601, "Tool 'x' not found", status: 404), isOver: false),
        Ending(answer: http(response, status: 404), isOver: false),
        Ending(answer: toolFailure(-32600, status: 404), isOver: false),
        Ending(answer: http(crash, status: 404), isOver: false),
        Ending(answer: http(response), isOver: false),
    ])
    func `an ended session is dropped, although the call isn't sent again`(_ row: Ending) {
        let session = row.inSession ? HTTPSession(id: "s", version: "2025-06-18") : nil
        let bytes = Array(row.answer.utf8)
        let reading = HTTPEventContract.readCall(
            bytes,
            payload: 0..<bytes.count,
            id: 8,
            over: HTTPExchange(session: session)
        )
        #expect(reading.isSessionOver == row.isOver)
        #expect(reading.retry == nil || !row.inSession)
    }

    // MARK: Sessions and lists

    private static let initialized =
        #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2024-11-05","capabilities":{},"serverInfo":{}}}"#

    @Test(arguments: [
        #","headers":{"MCP-Session-Id":"abc"}"#, #","headers":{"mcp-session-id":"abc"}"#,
        #","multiValueHeaders":{"Mcp-Session-Id":["abc","d"]}"#,
        #","headers":{"a":"b"},"multiValueHeaders":{"MCP-SESSION-ID":["abc"]}"#,
    ])
    func `a session is read whatever the case of its header`(_ headers: String) throws {
        let stream = "event: message\r\ndata: \(Self.initialized)\r\n\r\n"
        for body in [Self.initialized, stream] {
            let bytes = Array(Self.http(body, headers).utf8)
            let session = try HTTPEventContract.readSession(
                bytes,
                payload: 0..<bytes.count,
                over: HTTPExchange()
            )
            #expect(session == HTTPSession(id: "abc", version: "2024-11-05"))
        }
    }

    @Test func `without a session id, the protocol version is still read`() throws {
        let bytes = Array(Self.http(Self.initialized).utf8)
        let session = try HTTPEventContract.readSession(bytes, payload: 0..<bytes.count, over: HTTPExchange())
        #expect(session.id == nil && session.version == "2024-11-05")
    }

    @Test(arguments: [
        Row(http(initialized, #","headers":{"mcp-session-id":"a b"}"#), "can't stand in a header"),
        Row(http(#"{"jsonrpc":"2.0","id":1,"result":{}}"#), "has no protocolVersion"),
        Row(refusal(-32603, "no table", status: 500), "the function answered with status 500: no table"),
        Row(
            http(#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#),
            "answered with error -1: no"
        ),
        Row("[]", "it is not an HTTP response"),
    ])
    func `an answer to initialize without a usable session is described in an error`(_ row: Row) {
        let bytes = Array(row.answer.utf8)
        let error = #expect(throws: ContractError.self) {
            try HTTPEventContract.readSession(bytes, payload: 0..<bytes.count, over: HTTPExchange())
        }
        #expect(error?.description.contains(row.read) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [Contract.httpV1, .httpV2])
    func `a list is read, or refused with a hint on what to do`(_ contract: Contract) throws {
        let list =
            #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","inputSchema":{}}],"nextCursor":"x"}}"#
        let bytes = Array(Self.http("data: \(list)\n\n").utf8)
        let read = try contract.readToolList(bytes, payload: 0..<bytes.count)
        #expect(read.tools.map { $0.name } == ["a"] && read.nextCursor == "x")
        var http = HTTPExchange()
        http.address = HTTPAddress(path: "/x", host: "h")
        let refused = Array(Self.http("Invalid Host header", status: 421).utf8)
        let error = #expect(throws: ContractError.self) {
            try contract.readToolList(refused, payload: 0..<refused.count, over: http)
        }
        #expect(error?.description == "the function answered with status 421: Invalid Host header")
        #expect(
            error?.hint
                == "the function doesn't take the Host header h; set http_host of the target to one that it takes"
        )
    }
}
