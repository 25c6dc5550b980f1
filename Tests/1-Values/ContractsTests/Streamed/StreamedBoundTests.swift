import Bytes
import Contracts
import JSON
import Testing

/// What a stream may cost: memory and time, however it is written and cut.
struct StreamedBoundTests {
    private static let note = #"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}"#
    private static let zeros = String(repeating: "\0", count: 8)

    /// - Returns: the most bytes that were held between two pieces, and the notifications.
    private func feed(
        _ answer: inout StreamedAnswer,
        _ bytes: [UInt8],
        by size: Int
    ) throws -> (heldMax: Int, notifications: Int) {
        var (heldMax, notifications, at) = (0, 0, 0)
        while at < bytes.count {
            let end = min(at + size, bytes.count)
            answer.append(bytes.span.extracting(at..<end))
            while try answer.next() != nil { notifications += 1 }
            heldMax = max(heldMax, answer.heldBytes)
            at = end
        }
        return (heldMax, notifications)
    }

    struct Endless: Sendable, CustomTestStringConvertible {
        let what: String
        var contract = Contract.jsonrpc
        var start = ""
        let piece: String
        /// In what comes again and again.
        var notifications = 0
        var testDescription: String { what }
    }

    @Test(arguments: [
        Endless(what: "notifications", piece: note, notifications: 1),
        Endless(what: "lines of notifications", piece: "\(note)\r\n", notifications: 1),
        Endless(what: "events", piece: "data: \(note)\n\n", notifications: 1),
        Endless(what: "arrays", piece: "[\(note),\(note)]", notifications: 2),
        Endless(what: "comments", start: ":", piece: " a comment\n:"),
        Endless(what: "one long comment", start: ":", piece: String(repeating: "x", count: 99)),
        Endless(what: "other fields", piece: "id: 7\nevent: message\nretry: 7\n"),
        Endless(what: "empty events", piece: "data:\n\n"),
        Endless(what: "white space", piece: " \n\t\r  "),
        Endless(what: "white space after a message", start: note, piece: " \n\t\r  "),
        Endless(
            what: "foreign answers",
            piece: #"{"jsonrpc":"2.0","id":9,"result":{"content":[{"type":"text","text":"x"}]}}"#
        ),
        Endless(
            what: "anything after the answer",
            start: #"{"jsonrpc":"2.0","id":8,"result":{}}"#,
            piece: "[[[[{\"x"
        ),
        Endless(
            what: "white space before a prelude",
            contract: .httpV2,
            piece: String(repeating: " ", count: 50)
        ),
        Endless(
            what: "white space before a body",
            contract: .httpV2,
            start: #"{"statusCode":200,"headers":{"content-type":"text/event-stream"}}"# + zeros,
            piece: String(repeating: " ", count: 50)
        ),
    ])
    func `a stream without end holds no more than a message`(_ row: Endless) throws {
        var answer = StreamedAnswer(row.contract, id: 8, messageBytesMax: 4_096)
        let (start, round) = (Array(row.start.utf8), Array(String(repeating: row.piece, count: 200).utf8))
        let begun = try feed(&answer, start, by: 7).notifications
        for size in [1, 13, 4_000, 100_000] {
            let fed = try feed(&answer, round, by: size)
            #expect(fed.heldMax <= 1_024, "in pieces of \(size)")
            // What comes in the first piece may complete what was begun.
            #expect(abs(fed.notifications - 200 * row.notifications) <= 1, "in pieces of \(size)")
        }
        #expect(begun <= 1)
    }

    struct Large: Sendable, CustomTestStringConvertible {
        let what: String
        var contract = Contract.jsonrpc
        var start = ""
        let fill: String
        var testDescription: String { what }
    }

    @Test(arguments: [
        Large(what: "a value", start: "{\"a\":\"", fill: "x"),
        Large(what: "brackets", start: "[", fill: "["),
        Large(what: "an event", start: "data: ", fill: "x"),
        Large(what: "lines of data", start: "data: 1\n", fill: "data\n"),
        Large(what: "text", start: "hello", fill: "x"),
        Large(what: "a contract that carries no streams", contract: .function, start: "1", fill: "1"),
        Large(
            what: "an HTTP response that isn't streamed",
            contract: .httpV2,
            start: "{\"statusCode\":200,\"body\":\"",
            fill: "x"
        ),
        Large(
            what: "an HTTP body",
            contract: .httpV1,
            start: #"{"statusCode":200,"headers":{"content-type":"text/plain"}}"# + zeros,
            fill: "x"
        ),
    ])
    func `a message over the bound ends the stream at once`(_ row: Large) throws {
        for size in [7, 1_000, 2_000_000] {
            var answer = StreamedAnswer(row.contract, id: 8, messageBytesMax: 300_000)
            let bytes = Array((row.start + String(repeating: row.fill, count: 600_000)).utf8)
            let error = #expect(throws: ContractError.self) { try feed(&answer, bytes, by: size) }
            guard let error, case .tooLarge(let text) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(text.contains("300000 bytes"))
            #expect(answer.heldBytes == 0)
            // It stays so.
            answer.append(bytes.span)
            #expect(throws: error) { try answer.next() }
            #expect(answer.heldBytes == 0)
            guard case .unusable(let said) = answer.finish().answer.kind else {
                Issue.record("a large message was read")
                continue
            }
            #expect(said.contains(text))
        }
    }

    @Test
    func `a message as large as the bound is read`() throws {
        let text = #"{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"aaaa"}]}}"#
        for stream in [text, "data: \(text)\n\n"] {
            var answer = StreamedAnswer(.jsonrpc, id: 8, messageBytesMax: text.utf8.count)
            answer.append(Array(stream.utf8).span)
            guard case .result = answer.finish().answer.kind else {
                Issue.record("\(stream)")
                continue
            }
            var tight = StreamedAnswer(.jsonrpc, id: 8, messageBytesMax: text.utf8.count - 1)
            tight.append(Array(stream.utf8).span)
            guard case .unusable = tight.finish().answer.kind else {
                Issue.record("\(stream)")
                continue
            }
        }
    }

    /// If the work grew with the square of the bytes, this would take a thousand times as long.
    @Test(arguments: ["", "data: ", "hello"])
    func `a megabyte a byte at a time takes a second`(_ start: String) throws {
        let fill = String(repeating: #"{\"é x y z"#, count: 100_000)
        let text = #"{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"\#(fill)"}]}}"#
        var answer = StreamedAnswer(.jsonrpc, id: 8, messageBytesMax: 8 << 20)
        let bytes = Array((start + text + "\n\n").utf8)
        _ = try feed(&answer, bytes, by: 1)
        switch answer.finish().answer.kind {
        case .result(let range, _): #expect(range.count > 1_000_000 && start != "hello")
        case .unusable: #expect(start == "hello")
        default: Issue.record("another answer")
        }
    }
}
