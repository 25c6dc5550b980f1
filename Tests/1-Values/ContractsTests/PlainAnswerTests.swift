import Bytes
import Contracts
import JSON
import Testing

/// The answers of plain functions and of AgentCore's: any JSON, and text that isn't JSON.
struct PlainAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        let answer: String
        /// The expected result in the form of `read`, for both contracts.
        let members: String

        init(_ what: String, _ answer: String, _ members: String) {
            self.what = what
            self.answer = answer
            self.members = members
        }

        var testDescription: String { what }
    }

    private static func data(_ json: String) -> String { text(json, #","structuredContent":\#(json)"#) }

    private static let blocks = #"[{"type":"text","text":"é \"x\"","annotations":{"n":1.50}}]"#

    @Test(arguments: [
        Row("an object", #"{"a":[1, 2.50],"b":"x\u00e9"}"#, data(#"{"a":[1, 2.50],"b":"x\u00e9"}"#)),
        Row("an empty object", "{}", data("{}")),
        Row("white space around it", "\n {\"a\":1}\t ", data(#"{"a":1}"#)),
        Row("a byte order mark", "\u{FEFF}{\"a\":1}", data(#"{"a":1}"#)),
        Row("an array", #"[1,"x",{"a":null}]"#, text(#"[1,"x",{"a":null}]"#)),
        Row("an empty array", "[]", text("[]")),
        Row(
            "a string",
            #""It is noon.\nIn Tōkyō.""#,
            #""content":[{"type":"text","text":"It is noon.\nIn Tōkyō."}]"#
        ),
        Row("an empty string", #""""#, text("")),
        Row("a number", "1.0e+02", text("1.0e+02")),
        Row("true", "true", text("true")),
        Row("false", "false", text("false")),
        Row("null, as a handler that returns nothing", "null", text("null")),
        Row("nothing at all", "", text("")),
        Row("white space alone", " \n", text("")),
        Row(
            "a string that is JSON, as json.dumps makes it",
            #""{\"a\":1}""#,
            #""content":[{"type":"text","text":"{\"a\":1}"}]"#
        ),
        Row("a string that begins like JSON", #""{not json""#, text("{not json")),
        Row("NaN, which Python writes", "NaN", text("NaN")),
        Row("NaN in an object", #"{"x": NaN}"#, text(#"{"x": NaN}"#)),
        Row("infinity in an array", "[1, -Infinity]", text("[1, -Infinity]")),
        Row("text", "plain text from bytes", text("plain text from bytes")),
        Row(
            "text of moto without docker",
            "error running docker: no such file",
            text("error running docker: no such file")
        ),
        Row("HTML", "<html><body>Hello</body></html>", text("<html><body>Hello</body></html>")),
        Row("JSON that ends too early", #"{"a":[1,2"#, text(#"{"a":[1,2"#)),
        Row("two values", #"{"a":1}{"b":2}"#, text(#"{"a":1}{"b":2}"#)),
        Row("lines of JSON", "{\"a\":1}\n{\"a\":2}\n", text("{\"a\":1}\n{\"a\":2}\n")),
        Row("a member twice", #"{"body":1,"body":2}"#, text(#"{"body":1,"body":2}"#)),
        Row(
            "deeper than anybody reads",
            String(repeating: "[", count: 200),
            text(String(repeating: "[", count: 200))
        ),

        // Data that looks like an answer of a protocol.
        Row("a member result", #"{"result":{"a":1}}"#, data(#"{"result":{"a":1}}"#)),
        Row("a lone result", #"{"result":42}"#, data(#"{"result":42}"#)),
        Row("a member error", #"{"error":"no such city"}"#, data(#"{"error":"no such city"}"#)),
        Row("an error that is null", #"{"error":null,"rows":[]}"#, data(#"{"error":null,"rows":[]}"#)),
        Row(
            "a message of JSON-RPC",
            #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            data(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        ),
        Row("a member tools", #"{"tools":[]}"#, data(#"{"tools":[]}"#)),
        Row("a member content that is text", #"{"content":"plain"}"#, data(#"{"content":"plain"}"#)),
        Row(
            "a list of half blocks",
            #"{"content":[{"type":"text"}]}"#,
            data(#"{"content":[{"type":"text"}]}"#)
        ),
        Row(
            "half blocks, bare",
            #"[{"type":"image","url":"x"}]"#,
            text(#"[{"type":"image","url":"x"}]"#)
        ),
        Row(
            "other things of a type",
            #"{"content":[{"type":"row"}]}"#,
            data(#"{"content":[{"type":"row"}]}"#)
        ),
        Row("a word of not being an error", #"{"isError":false}"#, data(#"{"isError":false}"#)),
        Row("data with a status", #"{"statusCode":200,"took":5}"#, data(#"{"statusCode":200,"took":5}"#)),
        Row(
            "a page that was fetched",
            #"{"statusCode":404,"body":"gone","url":"http://x"}"#,
            data(#"{"statusCode":404,"body":"gone","url":"http://x"}"#)
        ),
        Row(
            "a status of something else",
            #"{"statusCode":7,"body":"x"}"#,
            data(#"{"statusCode":7,"body":"x"}"#)
        ),
        Row("a lone body", #"{"body":"{\"a\":1}"}"#, data(#"{"body":"{\"a\":1}"}"#)),
        Row(
            "a record about an error",
            #"{"errorType":"E","errorMessage":"m","count":3}"#,
            data(#"{"errorType":"E","errorMessage":"m","count":3}"#)
        ),

        // A CallToolResult.
        Row("content", #"{"content":\#(blocks)}"#, #""content":\#(blocks)"#),
        Row("blocks alone", blocks, #""content":\#(blocks)"#),
        Row(
            "an error",
            #"{"content":\#(blocks),"isError":true}"#,
            #"error: "content":\#(blocks),"isError":true"#
        ),
        Row(
            "all members",
            #"{"content":\#(blocks),"structuredContent":{"a":1.0},"isError":false,"_meta":{"k":1e2}}"#,
            #""content":\#(blocks),"structuredContent":{"a":1.0},"isError":false,"_meta":{"k":1e2}"#
        ),
        Row("structured content alone", #"{"structuredContent":{"a":1}}"#, #""structuredContent":{"a":1}"#),
        Row("Python's names", #"{"content":\#(blocks),"is_error":true}"#, #"error: "content":\#(blocks)"#),
        Row("an error in a text", #"{"content":"boom","isError":true}"#, "error: " + text("boom")),
        Row(
            "an error that says nothing",
            #"{"isError":true}"#,
            "error: " + text("The tool failed without a message.")
        ),
        Row(
            "a result that json.dumps put into a string",
            #""{\"content\":[{\"type\":\"text\",\"text\":\"a\"}],\"isError\":true}""#,
            #"error: "content":[{"type":"text","text":"a"}],"isError":true"#
        ),
        Row(
            "a result that wants something else",
            #"{"content":[],"isError":false,"resultType":"input_required"}"#,
            bad("its resultType is input_required; only \"complete\" can be passed on")
        ),

        // Answers in API Gateway's format.
        Row("a body that is JSON", wrapped(#"{"a":1}"#), data(#"{"a":1}"#)),
        Row("a body that is an array", wrapped("[1]"), text("[1]")),
        Row("a body that is text", wrapped("It is noon."), text("It is noon.")),
        Row("a body that is NaN", wrapped(#"{"x":NaN}"#), text(#"{"x":NaN}"#)),
        Row("an empty body", wrapped(""), text("")),
        Row(
            "a body that is a value",
            #"{"statusCode":"200","headers":{"a":"b"},"body":{"a":1}}"#,
            data(#"{"a":1}"#)
        ),
        Row(
            "a body in Base64",
            #"{"statusCode":200,"isBase64Encoded":true,"body":"eyJhIjoxfQ=="}"#,
            data(#"{"a":1}"#)
        ),
        Row("a body that is a result", wrapped(#"{"content":\#(blocks)}"#), #""content":\#(blocks)"#),
        Row(
            "a body that is a wrapper again",
            wrapped(#"{"statusCode":500,"body":"x"}"#),
            data(#"{"statusCode":500,"body":"x"}"#)
        ),
        Row("no body", #"{"statusCode":200}"#, data(#"{"statusCode":200}"#)),
        Row(
            "a body that is null",
            #"{"statusCode":204,"body":null}"#,
            data(#"{"statusCode":204,"body":null}"#)
        ),
        Row(
            "a status of the client's fault",
            wrapped(#"{"message":"no such city"}"#, status: 400),
            "failed(400): no such city"
        ),
        Row("the same in text", wrapped("Not found", status: 404), "failed(404): Not found"),
        Row(
            "a failure without words",
            wrapped("", status: 502),
            "failed(502): The function answered with status 502."
        ),
        Row(
            "a failure without a body",
            #"{"statusCode":503}"#,
            "failed(503): The function answered with status 503."
        ),
        Row(
            "a redirect",
            #"{"statusCode":302,"headers":{"Location":"/x"},"body":""}"#,
            "failed(302): The function answered with status 302."
        ),
        Row(
            "an exception in the body",
            wrapped(#"{"errorMessage":"no","errorType":"ValueError","stackTrace":["secret"]}"#, status: 500),
            "failed(ValueError, 500): no"
        ),
        Row(
            "an exception in a good body",
            wrapped(#"{"errorMessage":"no","errorType":"ValueError","stackTrace":["secret"]}"#),
            "failed(ValueError): no"
        ),
        Row(
            "an error's stack beside its words",
            wrapped(#"{"message":"no","stack":["secret"]}"#, status: 500),
            "failed(500): no"
        ),
        Row(
            "a result with a bad status",
            wrapped(#"{"content":\#(blocks)}"#, status: 500),
            #"error: "content":\#(blocks)"#
        ),
        Row(
            "a body that isn't Base64",
            #"{"statusCode":200,"isBase64Encoded":true,"body":"e"}"#,
            bad("isBase64Encoded is true, but the body is not Base64; return text and leave it out")
        ),
        Row(
            "a picture in Base64",
            #"{"statusCode":200,"isBase64Encoded":true,"body":"iVBORw0KGgoAAAAN"}"#,
            bad("the body is neither JSON nor text; it begins �PNG  <U+001A> <U+0000><U+0000><U+0000> ")
        ),
        Row(
            "a compressed body",
            #"{"statusCode":200,"isBase64Encoded":true,"body":"H4sIAAAAAAAA"}"#,
            bad("the body is compressed with gzip; return it uncompressed")
        ),

        // Exceptions that a function passes on as its answer.
        Row(
            "Python's",
            #"{"errorMessage":"'id'","errorType":"KeyError","requestId":"r","stackTrace":["  File secret"]}"#,
            "failed(KeyError): 'id'"
        ),
        Row(
            "Node's",
            #"{"errorType":"Error","errorMessage":"boom","trace":["Error: boom","    at secret"]}"#,
            "failed(Error): boom"
        ),
        Row(
            "Go's",
            #"{"errorMessage":"Error: x","errorType":"errorString"}"#,
            "failed(errorString): Error: x"
        ),
        Row(
            "Java's",
            #"{"errorMessage":"x","errorType":"E","stackTrace":["a"],"cause":{"errorMessage":"y","errorType":"F"}}"#,
            "failed(E): x"
        ),
    ])
    func `each answer of a plain function becomes a result`(_ row: Row) {
        #expect(read(.function, row.answer) == row.members)
        #expect(read(.agentcore, row.answer) == row.members)
    }

    /// Answers that are results from AgentCore's functions, and may be data from others.
    @Test(arguments: [
        Row("an empty content", #"{"content":[]}"#, #""content":[]"#),
        Row(
            "content beside other members",
            #"{"content":\#(blocks),"session":"s"}"#,
            #""content":\#(blocks),"session":"s""#
        ),
    ])
    func `content is a result for agentcore, and may be data for a plain function`(_ row: Row) {
        #expect(read(.agentcore, row.answer) == row.members)
        #expect(read(.function, row.answer) == Self.data(row.answer))
    }

    @Test(arguments: [Contract.function, .agentcore])
    func `bytes that aren't text can't be used`(_ contract: Contract) {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        #expect(
            read(contract, png).hasPrefix(bad("the function's answer is neither JSON nor text; it begins "))
        )
        #expect(
            read(contract, [0x1F, 0x8B, 8, 0])
                == bad("the function's answer is compressed with gzip; return it uncompressed")
        )
        #expect(
            read(contract, Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8)).hasPrefix(
                bad("the function's answer is neither JSON nor text")
            )
        )
        #expect(
            read(contract, "\u{1B}[31mred").hasPrefix(bad("the function's answer is neither JSON nor text"))
        )
    }

    @Test(arguments: [Contract.function, .agentcore])
    func `a large object is copied whole`(_ contract: Contract) {
        let numbers = (0..<100_000).map { String($0) }.joined(separator: ",")
        let object = #"{"n":[\#(numbers)]}"#
        #expect(read(contract, object) == Self.data(object))
    }

    /// JSON that is too deep for readers of the whole message becomes text.
    @Test(arguments: [Contract.function, .agentcore])
    func `deep JSON neither crashes nor is refused`(_ contract: Contract) {
        for depth in [1, 119, 120, 121, 128, 129, 100_000] {
            let object =
                String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
            #expect(read(contract, object) == (depth > 120 ? text(object) : Self.data(object)))
        }
    }
}
