import Bytes
import Foundation
import LocalLambda
import TestSupport
import Testing

struct EventStreamTests {
    /// Chunks in the vectors of others, which botocore has read.
    @Test(arguments: [("ok-single", #"{"hello":"world"}"#), ("ok-empty-complete-object", "x")])
    func `a chunk is encoded byte for byte as in the vectors`(_ name: String, _ payload: String) {
        guard let vector = SharedVectors.contents("eventstream/\(name).bin") else { return }
        var out = ByteBuffer()
        EventStream.appendChunk(Array(payload.utf8).span, to: &out)
        #expect(vector.starts(with: out.bytes))
    }

    @Test func `the end of an answer says what went wrong`() {
        let failure = EventStream.Failure(code: "Unhandled", details: #"{"a":"ü"}"#)
        let cases: [(EventStream.Failure?, String?, String)] = [
            (nil, nil, #"{"ErrorCode":null,"ErrorDetails":null,"LogResult":null}"#),
            (
                failure, "bG9n",
                #"{"ErrorCode":"Unhandled","ErrorDetails":"{\"a\":\"ü\"}","LogResult":"bG9n"}"#
            ),
        ]
        for (failure, log, text) in cases {
            var out = ByteBuffer()
            EventStream.appendComplete(failure, log: log, to: &out)
            let payload = out.bytes[(out.count - 4 - text.utf8.count)..<(out.count - 4)]
            #expect(String(decoding: payload, as: UTF8.self) == text)
            #expect(number(out.bytes, 0) == out.count)
            #expect(number(out.bytes, 0) == 16 + number(out.bytes, 4) + text.utf8.count)
        }
    }

    @Test func `checksums are those of the vectors`() {
        var out = ByteBuffer("before")
        EventStream.appendChunk(Array(#"{"hello":"world"}"#.utf8).span, to: &out)
        #expect(number(out.bytes, 6 + 8) == 0x609E_B65D)
        #expect(number(out.bytes, out.count - 4) == 0xCB28_F4BF)
    }

    private func number(_ bytes: [UInt8], _ at: Int) -> Int {
        bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

struct StreamErrorTests {
    @Test(
        arguments: [
            (nil, nil, nil), ("E", nil, #"{"errorType":"E"}"#), ("E\"", "", #"{"errorType":"E\""}"#),
            ("E", "eyJhIjoxfQ==", #"{"a":1}"#), (nil, "eyJhIjoxfQ==", #"{"a":1}"#),
            ("E", "not Base64!", "not Base64!"),
        ] as [(String?, String?, String?)]
    )
    func `trailers become the report of an error`(_ type: String?, _ body: String?, _ payload: String?) {
        #expect(StreamError(type: type, body: body)?.payload.text == payload)
    }
}
