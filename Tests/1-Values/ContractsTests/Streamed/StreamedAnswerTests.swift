import Bytes
import Contracts
import JSON
import Testing

/// What functions stream, in all its forms, cut at every position.
struct StreamedAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let contract: Contract
        let stream: String
        /// One line for each message, then the answer.
        let read: String
        var testDescription: String { "\(contract.rawValue): \(stream.debugDescription)" }

        init(_ contract: Contract, _ stream: String, _ read: String) {
            (self.contract, self.stream, self.read) = (contract, stream, read)
        }
    }

    private static let note =
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#
    private static let noted = #"notifications/progress {"progress":1}"#
    private static let fine = #"{"content":[{"type":"text","text":"} \" {\\"}]}"#
    private static let answer = #"{"jsonrpc":"2.0","id":8,"result":\#(fine)}"#

    private static func head(_ type: String, status: Int = 200, _ more: String = "") -> String {
        #"{"statusCode":\#(status),"headers":{"Content-Type":"\#(type)"\#(more)}}"#
            + String(repeating: "\0", count: 8)
    }

    private static let events = """
        : comment\r\nevent: message\r\nid: 1\r\ndata: \(note)\r\n\r\nretry: 5\n\ndata:\n\n\
        data: \(answer)\n\n
        """

    private static let rows = [
        Row(.jsonrpc, answer, fine),
        Row(.jsonrpc, "  \n\(note)\n\(answer)\n", "\(noted)\n\(fine)"),
        Row(.jsonrpc, note + answer, "\(noted)\n\(fine)"),
        Row(.jsonrpc, "\u{FEFF}\(note) \(answer)", "\(noted)\n\(fine)"),
        Row(.jsonrpc, "[\(note) , \(answer),\(note)] ", "\(noted)\n\(fine)"),
        Row(.jsonrpc, "[\(note)]\n[\(answer)]", "\(noted)\n\(fine)"),
        Row(.jsonrpc, "{\n \"jsonrpc\": \"2.0\",\n \"method\": \"n\"\n}\n\(answer)", "n\n\(fine)"),
        Row(.jsonrpc, answer.replacing(":8,", with: #":"8","#), fine),
        Row(.jsonrpc, #"{"id":8,"result":\#(fine)}"#, fine),
        Row(.jsonrpc, #"{"result":\#(fine)}"#, fine),
        Row(.jsonrpc, events, "\(noted)\n\(fine)"),
        Row(.jsonrpc, "\u{FEFF}data:\(note)\rdata\r\rdata: \(answer)\r\r", "\(noted)\n\(fine)"),
        Row(.jsonrpc, "event: message\ndata: \(answer)", fine),
        Row(.jsonrpc, #"data: {"jsonrpc":"2.0","id":8,"# + "\ndata: \"result\":\(fine)}\n\n", fine),
        Row(.jsonrpc, "data: [\(note),\(note)]\n\ndata: \(answer)\n\n", "\(noted)\n\(noted)\n\(fine)"),
        Row(
            .jsonrpc,
            #"{"jsonrpc":"2.0","id":"r","method":"sampling/createMessage","params":null}"# + answer,
            "request sampling/createMessage\n\(fine)"
        ),
        // The right response wins, and nothing behind it matters.
        Row(.jsonrpc, answer + note + "}{[", fine),
        Row(.jsonrpc, answer.replacing(":8,", with: ":7,") + answer, fine),
        Row(
            .jsonrpc,
            #"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"m"}}"# + answer,
            fine
        ),
        Row(.jsonrpc, #"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"m"}}"#, "-32000: m"),
        Row(
            .jsonrpc,
            note + #"{"jsonrpc":"2.0","error":{"code":-32000,"message":"m"}}"#,
            "\(noted)\n-32000: m"
        ),
        Row(
            .jsonrpc,
            answer.replacing(":8,", with: #":"a","#),
            #"unusable: it streams no JSON-RPC response to the request, whose id is 8; there is one to the id "a""#
        ),
        Row(.jsonrpc, note, "\(noted)\nunusable: what it streams ends without a JSON-RPC response"),
        Row(.jsonrpc, ": only\n\n", "unusable: what it streams ends without a JSON-RPC response"),
        Row(
            .jsonrpc,
            note + #"{"jsonrpc":"2.0","id":8"#,
            "\(noted)\nunusable: what it streams ends inside a message, which begins "
                + #"{"jsonrpc":"2.0","id":8"#
        ),
        Row(
            .jsonrpc,
            note + #"{"a":1}"#,
            "\(noted)\nunusable: a value in what it streams isn't a JSON-RPC message; it begins {\"a\":1}"
        ),
        Row(
            .jsonrpc,
            #"{"a":1}"# + answer,
            "unusable: a value in what it streams isn't a JSON-RPC message; it begins {\"a\":1}"
        ),
        Row(
            .jsonrpc,
            #"{"method":"a","method":"b"}"#,
            "unusable: a message in what it streams is not valid JSON: the object names a member twice at byte 15 "
                + #"of 27; it begins {"method":"a","method":"b"}"#
        ),
        Row(
            .jsonrpc,
            note + #"{"a" 1}"#,
            "\(noted)\nunusable: a message in what it streams is not valid JSON: a colon must follow a member's name "
                + #"at byte 5 of 7; it begins {"a" 1}"#
        ),
        Row(
            .jsonrpc,
            #"{"jsonrpc":"2.0","method":"n","params":{"a":"\ud800 \ud83d\ude00"}}"# + answer,
            #"n {"a":"\ufffd \ud83d\ude00"}"# + "\n\(fine)"
        ),
        Row(
            .jsonrpc,
            #"{"jsonrpc":"2.0","method":"n","params":{"a":\#(String(repeating: "1", count: 1_001))}}"#,
            "unusable: a message in what it streams has a number of 1001 characters; 1000 are allowed"
        ),
        // What the contract reads when it isn't streamed.
        Row(.jsonrpc, #"{"a":1}"#, #"unusable: it is not a JSON-RPC response; it begins {"a":1}"#),
        Row(.jsonrpc, #"{"statusCode":200,"body":{"result":\#(fine)}}"#, fine),
        Row(.jsonrpc, "hello", "unusable: it is not a JSON-RPC response; it begins hello"),
        Row(.jsonrpc, "da", "unusable: it is not a JSON-RPC response; it begins da"),
        Row(.jsonrpc, "[1]", "unusable: it is not a JSON-RPC response; it begins [1]"),
        Row(
            .jsonrpc,
            "",
            "unusable: the function returned nothing; a tool call or list needs an answer"
        ),
        Row(
            .function,
            "\(note)\n",
            #"{"content":[{"type":"text","text":\#(JSONValue.string(note).text)}],"#
                + #""structuredContent":\#(note)}"#
        ),
        Row(.httpV2, head("text/event-stream") + events, "\(noted)\n\(fine)"),
        Row(.httpV1, head("text/event-stream; charset=utf-8") + "\n" + answer, fine),
        Row(.httpV2, head("application/json") + "\(note)\n\(answer)", "\(noted)\n\(fine)"),
        Row(.httpV2, #"{"headers":{}}"# + String(repeating: "\0", count: 8) + events, "\(noted)\n\(fine)"),
        Row(.httpV2, head("application/x-ndjson") + "\(note)\n\(answer)", "\(noted)\n\(fine)"),
        Row(.httpV2, head("application/json", #","Content-Encoding":"identity""#) + answer, fine),
        Row(.httpV2, #"{"statusCode":200,"body":\#(JSONValue.string(answer).text)}"#, fine),
        Row(.httpV2, answer, fine),
        Row(
            .httpV2,
            head("text/plain") + "hello",
            "unusable: the status is 200, but the body is not a JSON-RPC response: it is text of type text/plain that "
                + "begins hello"
        ),
        Row(.httpV2, head("text/html", status: 502) + "<title>x</title>", "failed(502): <title>x</title>"),
        Row(
            .httpV2,
            head("application/json", status: 400)
                + #"{"jsonrpc":"2.0","id":"e","error":{"code":-32600,"message":"Missing session ID"}}"#,
            "withSession! -32600: Missing session ID"
        ),
        Row(
            .httpV2,
            head("application/json", status: 202),
            "unusable: the status is 202 and the body is empty"
        ),
        Row(
            .httpV2,
            head("text/event-stream") + "data: \(note)\n\n",
            "\(noted)\nunusable: what it streams ends without a JSON-RPC response"
        ),
        Row(
            .httpV2,
            #"{"statusCode":200}"# + "\0\0\0x",
            #"unusable: there are more bytes after the HTTP response: <U+0000><U+0000><U+0000>x"#
        ),
    ]

    @Test(arguments: rows)
    func `what a function streams is read alike wherever it is cut`(_ row: Row) {
        let bytes = Array(row.stream.utf8)
        #expect(read(row.contract, [bytes]) == row.read)
        #expect(read(row.contract, bytes.map { [$0] }) == row.read, "a byte at a time")
        for cut in 0...bytes.count {
            let text = read(row.contract, [Array(bytes[..<cut]), Array(bytes[cut...])])
            guard text != row.read else { continue }
            Issue.record("cut at \(cut): \(text)")
            break
        }
    }

    @Test(arguments: [Contract.jsonrpc, .httpV1, .httpV2])
    func `an answer that isn't streamed is read as without streaming`(_ contract: Contract) {
        let bodies = [
            Self.answer,
            #"{"jsonrpc":"2.0","id":8,"error":{"code":-32602,"message":"Unknown tool","data":[1]}}"#,
            #"{"jsonrpc":"2.0","id":8,"result":{"resultType":"input_required","inputRequests":{}}}"#,
            #"{"jsonrpc":"2.0","id":8,"result":[1]}"#, #"{"jsonrpc":"2.0","id":8}"#, "{}", "null", "7",
            "\"x\"",
        ]
        for body in bodies {
            let http = #"{"statusCode":200,"body":\#(JSONValue.string(body).text)}"#
            let prelude = Self.head("application/json") + body
            for text in contract == .jsonrpc ? [body] : [body, http, prelude] {
                let bytes = Array(text.utf8)
                for isQuestion in [false, true] {
                    var answer = StreamedAnswer(contract, id: 8, messageBytesMax: 1 << 20)
                    answer.append(bytes.span)
                    let streamed = answer.finish(isQuestion: isQuestion).answer
                    let whole =
                        isQuestion
                        ? contract.readAnswer(bytes, payload: 0..<bytes.count)
                        : contract.readCallAnswer(bytes, payload: 0..<bytes.count)
                    #expect(Self.shown(streamed) == Self.shown(whole), "\(text)")
                }
            }
        }
    }

    @Test
    func `a message that is handed out has no line break, and names its parts`() throws {
        let text = "{\r\n\"params\" : {\n\"a\":\"b\\n\"},\"jsonrpc\":\"2.0\",\"method\":\"n\\u006f\"}"
        var answer = StreamedAnswer(.jsonrpc, id: 1, messageBytesMax: 1000)
        answer.append(Array(text.utf8).span)
        guard case .notification(let message)? = try answer.next() else {
            Issue.record("no notification")
            return
        }
        #expect(message.method == "no")
        let params = try #require(message.params)
        #expect(message.bytes.span.text(params) == "{ \"a\":\"b\\n\"}")
        #expect(!message.bytes.contains(10) && !message.bytes.contains(13))
        #expect(try answer.next() == nil)
    }

    // MARK: In short form

    private func read(_ contract: Contract, _ pieces: [[UInt8]]) -> String {
        var answer = StreamedAnswer(contract, id: 8, messageBytesMax: 1 << 20)
        var lines: [String] = []
        do throws(ContractError) {
            for piece in pieces {
                answer.append(piece.span)
                while let item = try answer.next() { lines.append(Self.shown(item)) }
            }
        } catch {
            // The end says the same.
            #expect(Self.shown(answer.finish().answer) == "unusable: \(error)")
        }
        let reading = answer.finish()
        lines.append((reading.retry.map { "\($0)! " } ?? "") + Self.shown(reading.answer))
        return lines.joined(separator: "\n")
    }

    static func shown(_ item: StreamedAnswer.Item) -> String {
        switch item {
        case .notification(let message):
            message.method + (message.params.map { " " + message.bytes.span.text($0) } ?? "")
        case .request(let message): "request " + message.method
        }
    }

    static func shown(_ answer: CallAnswer) -> String {
        switch answer.kind {
        case .result(let range, let isError): (isError ? "error: " : "") + answer.bytes.span.text(range)
        case .inputRequired(let range): "asks: " + answer.bytes.span.text(range)
        case .failed(let error): "failed(\(error.status ?? 0)): \(error.text)"
        case .protocolError(let code, let message, _): "\(code): \(message)"
        case .unusable(let text):
            "unusable: " + text.replacing("The function's answer can't be used: ", with: "")
        }
    }
}
