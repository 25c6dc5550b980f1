import Bytes
import Contracts
import JSON
import Testing

struct StreamedFuzzTests {
    private static let note =
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1.5e0,"message":"\u00e9}"}}"#
    private static let answer =
        #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a\"]"}]}}"#
    private static let zeros = String(repeating: "\0", count: 8)

    private static let seeds = [
        "\(note)\n\(answer)\n", "[\(note), \(answer)]", "data: \(note)\r\n\r\nid: 1\ndata: \(answer)\n\n",
        ": c\revent: message\rdata: {\"jsonrpc\":\"2.0\",\rdata: \"id\":\"1\",\"error\":{\"code\":1}}\r\r",
        "\u{FEFF} \(note)\(answer.replacing("1,", with: "null,"))",
        #"{"jsonrpc":"2.0","id":2,"method":"roots/list"}"# + answer,
        #"{"statusCode":200,"headers":{"Content-Type":"text/event-stream"}}"# + zeros
            + "data: \(note)\n\ndata: \(answer)\n\n",
        #"{"statusCode":200,"headers":{"Content-Type":"application/json"}}"# + zeros + "\(note)\(answer)",
        #"{"statusCode":404,"headers":{"Content-Type":"application/json"}}"# + zeros + answer,
        #"{"statusCode":200,"body":\#(JSONValue.string("data: \(answer)\n\n").text)}"#,
    ]

    /// What is read does not depend on the cuts, and is valid JSON.
    @Test
    func `12,000 mutated streams are read alike in any pieces, and never crash`() {
        let alphabet = Array("{}[]\",:\\dat \n\r1".utf8) + [0, 0x80, 0xc3, 0xef, 0xff]
        var random = Mutations(seed: 11, alphabet: alphabet)
        let contracts = [Contract.jsonrpc, .httpV2, .httpV1]
        var (results, items) = (0, 0)
        for round in 0..<12_000 {
            let bytes = random.mutated(Self.seeds[round % Self.seeds.count])
            let contract = contracts[random.below(contracts.count)]
            let whole = read(contract, bytes) { bytes.count }
            let pieces = read(contract, bytes) { 1 + random.below(9) }
            if whole != pieces {
                Issue.record(
                    "\(String(decoding: bytes, as: UTF8.self).debugDescription): \(whole), \(pieces)"
                )
                break
            }
            items += whole.count - 1
            if whole.last?.hasPrefix("result") == true { results += 1 }
        }
        #expect(results > 1_000 && items > 1_000, "\(results), \(items)")
    }

    /// One line for each message, then the answer or the error.
    private func read(_ contract: Contract, _ bytes: [UInt8], _ size: () -> Int) -> [String] {
        var answer = StreamedAnswer(contract, id: 1, messageBytesMax: 1_000)
        var lines: [String] = []
        func check(_ message: StreamedMessage) {
            #expect(throws: Never.self) { try JSON.validate(message.bytes.span) }
            #expect(!message.bytes.contains(10) && !message.bytes.contains(13))
            if let params = message.params {
                #expect(JSON.kind(message.bytes.span, at: params) == .object)
            }
        }
        var at = 0
        do throws(ContractError) {
            while at < bytes.count {
                let end = min(at + size(), bytes.count)
                answer.append(bytes.span.extracting(at..<end))
                at = end
                while let item = try answer.next() {
                    lines.append(StreamedAnswerTests.shown(item))
                    switch item {
                    case .notification(let message), .request(let message): check(message)
                    }
                }
                #expect(answer.heldBytes <= 2_000)
            }
        } catch {
            // The end of an error's text shows what has come by then.
            return lines + ["unusable"]
        }
        let reading = answer.finish()
        switch reading.answer.kind {
        case .result(let range, _):
            #expect(throws: Never.self) { try JSON.validate(reading.answer.bytes.span, in: range) }
            lines.append("result " + reading.answer.bytes.span.text(range))
        case .unusable: lines.append("unusable")
        default: lines.append(StreamedAnswerTests.shown(reading.answer))
        }
        return lines
    }
}
