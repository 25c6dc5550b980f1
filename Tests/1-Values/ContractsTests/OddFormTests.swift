import Contracts
import Testing

/// Answers that are wrapped or encoded too often, or in unusual ways, are unwrapped; a tool's own text is kept in every
/// form.
struct OddFormTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let payload: String
        let read: String
        var testDescription: String { payload }

        init(_ payload: String, _ read: String) { (self.payload, self.read) = (payload, read) }
    }

    private static let fine = #"{"content":[{"type":"text","text":"fine"}]}"#
    private static let inside = #""content":[{"type":"text","text":"fine"}]"#
    private static let failing = #"{"content":[{"type":"text","text":"no"}],"isError":true}"#
    private static let event = "event: message\nid: 1\nretry: 5\n: ping\ndata: "

    @Test(arguments: [
        Row(wrapped(quoted(fine)), inside),
        Row(quoted(quoted(fine)), inside),
        Row(wrapped(quoted(quoted(quoted(fine)))), inside),
        Row(
            wrapped(quoted(quoted(quoted(quoted(fine))))),
            bad("it is wrapped or encoded more than 4 times; return it plainly")
        ),
        Row(wrapped(quoted(failing)), #"error: "content":[{"type":"text","text":"no"}],"isError":true"#),
        Row(quoted(wrapped(fine)), inside),
        Row(wrapped(wrapped(fine)), inside),
        Row(quoted(wrapped(#"{"error":"bad"}"#, status: 500)), "failed(500): bad"),
        Row(#"{"StatusCode":200,"Body":\#(quoted(fine))}"#, inside),
        Row(#"{"StatusCode":500,"Body":"down"}"#, "failed(500): down"),
        Row(#"{"status":200,"body":\#(quoted(fine))}"#, inside),
        Row(#"{"statusCode":200,"content":[]}"#, #""statusCode":200,"content":[]"#),
        Row(#"{"statusCode":500,"content":[]}"#, #"error: "statusCode":500,"content":[]"#),
        Row("\u{FEFF}\(fine)", inside),
        Row(wrapped("\u{FEFF} \(fine)"), inside),
        Row(wrapped("\(event){\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\(fine)}\n\n"), inside),
        Row(wrapped("data: {\"jsonrpc\":\"2.0\",\"id\":1,\ndata:\"result\":\(fine)}"), inside),
        Row(
            wrapped(
                "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\r\n\r\n"
                    + "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\(fine)}\r\n\r\n"
            ),
            inside
        ),
        Row(
            wrapped("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n"),
            bad("the JSON-RPC message has neither a result nor an error")
        ),
        Row(
            #"{"statusCode":200,"isBase64Encoded":true,"body":"eyJjb250ZW50IjpbeyJ0eXBlIjoidGV4dCIsInRleHQiOiJmaW5lIn1dfQ=="}"#,
            inside
        ),
        Row(#"{"statusCode":200,"isBase64Encoded":true,"body":\#(quoted(fine))}"#, inside),
        // Text and data that only look like a wrapped answer stay unchanged.
        Row(wrapped("data: three items"), text("data: three items")),
        Row(wrapped(quoted("\"quoted\"")), text("\"quoted\"")),
        Row(quoted(#"{"a":1}"#), text(#"{"a":1}"#)),
        Row(quoted(#"{"content":"#), text(#"{"content":"#)),
        Row(
            #"{"title":"t","body":"Words."}"#,
            text(
                #"{"title":"t","body":"Words."}"#,
                #","structuredContent":{"title":"t","body":"Words."}"#
            )
        ),
        Row(
            wrapped(#"{"statusCode":404,"body":"<html>"}"#),
            text(
                #"{"statusCode":404,"body":"<html>"}"#,
                #","structuredContent":{"statusCode":404,"body":"<html>"}"#
            )
        ),
    ])
    func `all layers of wrapping and encoding are removed`(_ row: Row) {
        #expect(read(.mcpWrapper, row.payload) == row.read)
    }

    @Test(arguments: [
        Row(
            #"{"isError":true,"structuredContent":{"why":"x"}}"#,
            #"error: "isError":true,"structuredContent":{"why":"x"}"#
        ),
        Row(#"{"isError":true,"message":"boom"}"#, "error: " + text("boom")),
        Row(#"{"isError":true,"content":"boom"}"#, "error: " + text("boom")),
        Row(
            #"{"isError":true,"content":"boom","_meta":{"a":1}}"#,
            "error: " + text("boom", #","_meta":{"a":1}"#)
        ),
        Row(#"{"isError":true,"content":null}"#, "error: " + text("The tool failed without a message.")),
        Row(#"{"isError":true}"#, "error: " + text("The tool failed without a message.")),
        Row(
            #"{"isError":true,"content":null,"structuredContent":{"a":1}}"#,
            #"error: "isError":true,"content":null,"structuredContent":{"a":1}"#
        ),
        Row(#"{"isError":true,"content":{"why":"x"}}"#, "error: " + text(#"{"why":"x"}"#)),
        Row(#"{"isError":true,"content":{"type":"text","text":"boom"}}"#, "error: " + text("boom")),
        Row(#"{"isError":"true","content":[]}"#, #"error: "isError":"true","content":[]"#),
        Row(#"{"isError":1,"content":[]}"#, #"error: "isError":1,"content":[]"#),
        Row(#"{"isError":"false","content":[]}"#, #""isError":"false","content":[]"#),
        Row(
            #"{"is_error":true,"content":[],"structured_content":{"a":1},"result_type":"complete"}"#,
            #"error: "content":[],"structuredContent":{"a":1}"#
        ),
        Row(
            #"{"is_error":false,"content":null,"structured_content":{"a":1}}"#,
            #""structuredContent":{"a":1}"#
        ),
        Row(#"{"content":null,"structuredContent":{"a":1}}"#, #""content":null,"structuredContent":{"a":1}"#),
        Row(
            #"{"content":"plain","structuredContent":{"a":1}}"#,
            text("plain", #","structuredContent":{"a":1}"#)
        ),
        Row(
            #"{"resultType":"complete","structuredContent":{"a":1}}"#,
            #""resultType":"complete","structuredContent":{"a":1}"#
        ),
        Row(#"{"resultType":null,"content":[]}"#, #""resultType":null,"content":[]"#),
        Row(#"{"result":{"isError":true,"message":"boom"}}"#, "error: " + text("boom")),
    ])
    func `a function's isError and structured content are kept in every form of answer`(_ row: Row) {
        #expect(read(.mcpWrapper, row.payload) == row.read)
        #expect(read(.mcpWrapper, wrapped(row.payload)) == row.read)
        guard !row.payload.contains(#""result":"#) else { return }
        #expect(read(.jsonrpc, #"{"jsonrpc":"2.0","id":1,"result":\#(row.payload)}"#) == row.read)
    }
}
