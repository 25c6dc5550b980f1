import Bytes
import Calendar
import Foundation
import HTTP
import HTTPClient
import TestSupport
import Testing

@testable import AWS

/// Answers of InvokeWithResponseStream: recorded streams, and what becomes of broken ones.
struct EventStreamTests {
    /// One recorded stream, and what botocore read in it.
    struct Vector: Decodable, CustomTestStringConvertible {
        struct Event: Decodable {
            struct Chunk: Decodable { let PayloadBase64: String? }
            struct Complete: Decodable { let ErrorCode, ErrorDetails, LogResult: String? }
            let PayloadChunk: Chunk?
            let InvokeComplete: Complete?
        }
        let name: String
        let events: [Event]?
        let exception: String?

        var testDescription: String { name }
        var payload: [UInt8] {
            (events ?? []).compactMap { $0.PayloadChunk?.PayloadBase64 }.flatMap {
                Array(Data(base64Encoded: $0) ?? Data())
            }
        }
    }

    struct Vectors: Decodable { let cases: [Vector] }

    static let vectors = SharedVectors.decoded(Vectors.self, from: "eventstream/expected.json")?.cases ?? []

    static func bytes(_ name: String) -> [UInt8] {
        SharedVectors.contents("eventstream/\(name).bin").map { Array($0) } ?? []
    }

    /// What came of a stream.
    struct Reading {
        var payload: [UInt8] = []
        var outcome: Result<InvokeCompletion, LambdaError>?

        var error: LambdaError? { if case .failure(let error)? = outcome { error } else { nil } }
    }

    static func read(_ bytes: [UInt8], payloadBytesMax: Int = 1 << 20) -> Reading {
        let head = Array("HTTP/1.1 200 OK\r\nx-amzn-RequestId: r-1\r\nX-Amz-Executed-Version: 7\r\n\r\n".utf8)
        var parsed = ResponseHead()
        _ = try? ResponseParser.parse(head.span, into: &parsed, isHeadRequest: false, headBytesMax: 4096)
        let response = ClientResponse(
            status: 200,
            bytes: head + bytes,
            fields: parsed.fields,
            body: head.count..<head.count + bytes.count
        )
        let stream = InvokeStream(ResponseBody(whole: response), payloadBytesMax: payloadBytesMax)
        var reading = Reading()
        while reading.outcome == nil {
            switch stream.take() {
            case .bytes(let bytes): reading.payload += bytes
            case .nothing:
                Issue.record("a whole response has an end")
                return reading
            case .ended(let outcome): reading.outcome = outcome
            }
        }
        return reading
    }

    @Test(arguments: vectors)
    func `each recorded stream is read as botocore reads it`(_ vector: Vector) throws {
        let reading = Self.read(Self.bytes(vector.name))
        #expect(reading.payload == vector.payload)
        let last = vector.events?.last?.InvokeComplete
        guard vector.exception == nil, let last else {
            // Where botocore takes the end of the bytes for the end of the stream, we don't.
            #expect(reading.error != nil)
            return
        }
        if let code = last.ErrorCode {
            let error = try #require(reading.error)
            #expect(error.code == "Error" || error.code == code)
            #expect(
                error.kind
                    == .function(FunctionFailure(kind: .raised, errorType: "Error", errorMessage: "boom"))
            )
            #expect(error.requestID == "r-1")
            #expect(error.executedVersion == "7")
        } else {
            let completion = try #require(try reading.outcome?.get())
            let log = last.LogResult.flatMap { Data(base64Encoded: $0) }.map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(completion.logTail == log)
        }
    }

    @Test func `the recorded streams are there`() {
        guard SharedVectors.folder("eventstream") != nil else { return }
        #expect(Self.vectors.count >= 13)
    }

    @Test(arguments: vectors)
    func `frames are the same however the bytes are cut`(_ vector: Vector) throws {
        let bytes = Self.bytes(vector.name)
        let whole = Self.frames(bytes, cutAt: bytes.count)
        for step in [1, 2, 3, 7, 11, 64] {
            let cut = Self.frames(bytes, cutAt: step)
            #expect(cut.frames == whole.frames)
            #expect(cut.fault == whole.fault)
        }
    }

    static func frames(_ bytes: [UInt8], cutAt step: Int) -> (
        frames: [EventFrames.Frame], fault: EventFrames.Fault?
    ) {
        var decoder = EventFrames()
        var found: [EventFrames.Frame] = []
        var position = 0
        while position < bytes.count {
            let end = min(position + step, bytes.count)
            decoder.append(bytes.span.extracting(position..<end))
            position = end
            do throws(EventFrames.Fault) {
                while let frame = try decoder.next() { found.append(frame) }
            } catch {
                return (found, error)
            }
        }
        return (found, nil)
    }

    @Test func `a length that no message has is refused before anything is kept for it`() {
        var prelude: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]
        let sum = CRC32.of(prelude.span)
        prelude += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
        let read = Self.frames(prelude, cutAt: 1)
        #expect(read.fault == .badLength(0x7FFF_FFFF))
    }

    @Test func `a payload over the bound ends the stream`() {
        let reading = Self.read(Self.bytes("ok-single"), payloadBytesMax: 5)
        guard SharedVectors.folder("eventstream") != nil else { return }
        #expect(reading.error?.kind == .tooLarge(.answer))
        #expect(reading.payload.isEmpty)
    }

    @Test func `damaged streams fail, and never crash`() {
        var random = Numbers(state: 11)
        let texts = Self.vectors.map { Self.bytes($0.name) }.filter { !$0.isEmpty }
        guard !texts.isEmpty else { return }
        for _ in 0..<3_000 {
            var bytes = texts[Int.random(in: 0..<texts.count, using: &random)]
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes = Array(bytes[..<place]) + [0]
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            _ = Self.read(bytes)
        }
    }

    @Test(arguments: [("", 0), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926)] as [(String, UInt32)])
    func `a checksum is CRC-32`(_ text: String, _ sum: UInt32) {
        #expect(CRC32.of(text.utf8.span) == sum)
    }

    @Test func `a checksum is the same in one step and in many`() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for cut in [0, 1, 5, 8, 9, 500, 999] {
            var sum = CRC32()
            sum.add(bytes.span.extracting(0..<cut))
            sum.add(bytes.span.extracting(cut..<bytes.count))
            #expect(sum.value == CRC32.of(bytes.span))
        }
    }
}

/// The same numbers in each run. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators"
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
