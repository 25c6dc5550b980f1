import Bytes
import EventLoop
import HTTP
import Testing

@testable import HTTPServer

/// The outcomes of actions: what follows when the driver has done what the machine said.
struct ServerMachineAnswerTests {
    typealias Action = ServerMachine.Action
    typealias Start = ServerMachineTests.Start

    struct Row: Sendable, CustomTestStringConvertible {
        let start: Start
        let event: String
        let action: Action
        let phase: ServerMachine.Phase
        let deadline: ServerMachine.Deadline
        let send: @Sendable (inout ServerMachine) -> Action

        init(
            _ start: Start,
            _ event: String,
            _ action: Action,
            _ phase: ServerMachine.Phase,
            _ deadline: ServerMachine.Deadline,
            _ send: @escaping @Sendable (inout ServerMachine) -> Action
        ) {
            (self.start, self.event, self.action) = (start, event, action)
            (self.phase, self.deadline, self.send) = (phase, deadline, send)
        }

        var testDescription: String { "\(start): \(event)" }
    }

    @Test(arguments: reading + screening + rooms + answering + output + closing)
    func `each outcome of an action has one consequence`(_ row: Row) {
        let budget = BufferBudget(bytesMax: 1 << 20)
        var machine = ServerMachineTests.machine(row.start, budget)
        #expect(row.send(&machine) == row.action)
        #expect(machine.phase == row.phase)
        #expect(machine.deadline == row.deadline)
    }

    private static func fill(_ machine: inout ServerMachine, _ text: String) -> Action {
        _ = machine.ready(.readable)
        return ServerMachineTests.fill(&machine, text)
    }

    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private static let reading = [
        Row(.idle, "a whole request", .serve(restBytes: 0), .handling, .none) { fill(&$0, get) },
        Row(.idle, "the beginning of a head", .none, .readingHead, .head) { fill(&$0, "GET") },
        Row(.idle, "a head without its body", .screen, .readingBody, .body) {
            fill(&$0, ServerMachineTests.post + "Content-Length: 1\r\n\r\n")
        },
        Row(.idle, "a bad head", .refuse(status: 400), .readingHead, .head) { fill(&$0, "?\r\n\r\n") },
        Row(.idle, "nothing", .none, .idle, .idle) {
            _ = $0.ready(.readable)
            return $0.drained()
        },
        Row(.idle, "the end", .close, .idle, .idle) {
            _ = $0.ready(.readable)
            return $0.ended()
        },
        Row(.idle, "a failure", .gone, .idle, .idle) {
            _ = $0.ready(.readable)
            return $0.broke()
        },
        Row(.readingHead, "more of the head", .none, .readingHead, .head) { fill(&$0, ": x\r\n") },
        Row(.readingHead, "the rest of the head", .serve(restBytes: 0), .handling, .none) {
            fill(&$0, ": x\r\n\r\n")
        },
        Row(.readingHead, "the end", .close, .readingHead, .head) { $0.ended() },
        Row(.readingHead, "a failure", .gone, .readingHead, .head) { $0.broke() },
        Row(.readingHead, "too much of a head", .refuse(status: 431), .readingHead, .head) {
            _ = $0.ready(.readable)
            $0.buffer.grow(to: 30_000, $0.buffers)
            return ServerMachineTests.fill(&$0, String(repeating: "a", count: 20_000))
        },
        Row(.readingBody, "more of the body", .none, .readingBody, .body) { fill(&$0, "c") },
        Row(.readingBody, "the rest of the body", .serve(restBytes: 0), .handling, .none) {
            fill(&$0, "cde")
        },
        Row(.readingBody, "the end", .close, .readingBody, .body) { $0.ended() },
        Row(.readingBody, "a failure", .gone, .readingBody, .body) { $0.broke() },
        Row(.readingChunks, "more of a chunk", .none, .readingBody, .body) { fill(&$0, "c") },
        Row(.readingChunks, "the last chunk", .serve(restBytes: 0), .handling, .none) {
            fill(&$0, "cde\r\n0\r\n\r\n")
        },
        Row(.readingChunks, "no chunk", .refuse(status: 400), .readingBody, .body) { fill(&$0, "cdefg") },
        Row(.readingChunks, "a chunk over the bound", .refuse(status: 413), .readingBody, .body) {
            fill(&$0, "cde\r\nfffff\r\n")
        },
        Row(.continueStalled, "the body", .serve(restBytes: 0), .handling, .write) { fill(&$0, "abcde") },
        Row(.closed, "the end", .none, .closed, .none) { $0.ended() },
        Row(.closed, "a failure", .none, .closed, .none) { $0.broke() },
    ]

    private static let screening = [
        Row(.screening, "the body may come", .read, .readingBody, .body) {
            $0.proceed(bodyBytesMax: .max, payer: nil)
        },
        Row(.screening, "a smaller body may come", .refuse(status: 413), .readingBody, .body) {
            $0.proceed(bodyBytesMax: 4, payer: nil)
        },
        Row(.screening, "it is refused", .complete, .handling, .none) {
            $0.answersAlone(isHead: false)
            return $0.answerWritten()
        },
        Row(.fresh, "a head, and its judge is quick", .none, .readingBody, .body) {
            #expect(fill(&$0, ServerMachineTests.post + "Content-Length: 1\r\n\r\n") == .screen)
            $0.judgeIsAsked()
            #expect($0.proceed(bodyBytesMax: .max, payer: nil) == .none, "it waits for the return")
            return $0.handlerReturned()
        },
        Row(.fresh, "a head, and its judge refuses at once", .finishWriting, .lingering, .linger) {
            #expect(fill(&$0, ServerMachineTests.post + "Content-Length: 1\r\n\r\n") == .screen)
            $0.judgeIsAsked()
            $0.answersAlone(isHead: false)
            #expect($0.answerWritten() == .complete)
            #expect($0.answered() == .none, "it waits for the return")
            return $0.handlerReturned()
        },
        Row(.readingChunks, "less was allowed than has come", .refuse(status: 413), .readingBody, .body) {
            $0.proceed(bodyBytesMax: 1, payer: nil)
        },
        Row(.handling, "a late verdict", .none, .handling, .none) {
            $0.proceed(bodyBytesMax: .max, payer: nil)
        },
        Row(.lingering, "a late verdict", .none, .lingering, .linger) {
            $0.proceed(bodyBytesMax: .max, payer: nil)
        },
        Row(.closed, "a late verdict", .none, .closed, .none) { $0.proceed(bodyBytesMax: .max, payer: nil) },
    ]

    private static let rooms = [
        Row(.waitsForHandshake, "there never is room", .closeForRoom, .handshaking, .head) {
            $0.roomNeverComes()
        },
        Row(.waitsForHead, "there never is room", .refuseForRoom, .readingHead, .head) {
            $0.roomNeverComes()
        },
        Row(.waitsForBody, "there never is room", .refuseForRoom, .readingBody, .body) {
            $0.roomNeverComes()
        },
        Row(.waitsForChunks, "there never is room", .refuseForRoom, .readingBody, .body) {
            $0.roomNeverComes()
        },
        Row(.handshakingInRoom, "the handshake is done", .read, .idle, .head) { $0.handshook() },
        Row(.handshakingInRoom, "the peer speaks no TLS", .refusePlainHTTP, .handshaking, .head) {
            $0.handshakeFailed(speaksPlainHTTP: true)
        },
        Row(.handshakingInRoom, "the handshake fails", .close, .handshaking, .head) {
            $0.handshakeFailed(speaksPlainHTTP: false)
        },
    ]

    private static let answering = [
        Row(.handling, "answered", .none, .idle, .idle) { $0.answered() },
        Row(.handling, "answered, and more is in the kernel", .read, .idle, .idle) {
            _ = $0.ready(.readable)
            return $0.answered()
        },
        Row(.handling, "answered while the server drains", .finishWriting, .lingering, .linger) {
            $0.closesAfterAnswer()
            return $0.answered()
        },
        Row(.handling, "a stream starts", .none, .streaming, .none) { $0.streamStarts() ? .none : .close },
        Row(.probeStalled, "a stream starts", .none, .streaming, .write) {
            $0.streamStarts() ? .none : .close
        },
        Row(.idle, "a stream can't start", .close, .idle, .idle) { $0.streamStarts() ? .none : .close },
        Row(.streaming, "a second stream can't start", .close, .streaming, .none) {
            $0.streamStarts() ? .none : .close
        },
        Row(.closed, "a stream can't start", .close, .closed, .none) { $0.streamStarts() ? .none : .close },
        Row(.idle, "answered twice", .none, .idle, .idle) { $0.answered() },
        Row(.closed, "answered late", .none, .closed, .none) { $0.answered() },
        Row(.streaming, "the stream has ended", .none, .idle, .idle) {
            #expect($0.streamEnded() == .complete)
            return $0.answered()
        },
        Row(.fresh, "a request is answered at once", .none, .idle, .idle) {
            _ = fill(&$0, get)
            _ = $0.takeRequest(peer: "", restRoom: nil)
            #expect($0.answers() == true)
            #expect($0.answered() == .none)
            return $0.handlerReturned()
        },
        Row(.fresh, "the first of two is answered at once", .serve(restBytes: 0), .handling, .none) {
            _ = fill(&$0, get + get)
            _ = $0.takeRequest(peer: "", restRoom: nil)
            #expect($0.answers() == true)
            #expect($0.answered() == .none, "the second one waits for the handler's return")
            return $0.handlerReturned()
        },
        Row(.fresh, "the last one is answered at once", .finishWriting, .lingering, .linger) {
            _ = fill(&$0, "GET / HTTP/1.0\r\n\r\n")
            _ = $0.takeRequest(peer: "", restRoom: nil)
            #expect($0.answers() == true)
            #expect($0.answered() == .none)
            return $0.handlerReturned()
        },
        Row(.fresh, "the peer ended, and its request takes time", .sendContinue, .handling, .none) {
            _ = $0.ready(.readableOrClosed)
            _ = ServerMachineTests.fill(&$0, get)
            _ = $0.takeRequest(peer: "", restRoom: nil)
            return $0.handlerReturned()
        },
        Row(.fresh, "the peer ended, and gets a stream", .gone, .streaming, .none) {
            _ = $0.ready(.readableOrClosed)
            _ = ServerMachineTests.fill(&$0, get)
            _ = $0.takeRequest(peer: "", restRoom: nil)
            #expect($0.streamStarts() == true)
            return $0.handlerReturned()
        },
        Row(.fresh, "a peer of HTTP/1.0 isn't probed", .none, .handling, .none) {
            _ = $0.ready(.readableOrClosed)
            _ = ServerMachineTests.fill(&$0, "GET / HTTP/1.0\r\n\r\n")
            _ = $0.takeRequest(peer: "", restRoom: nil)
            return $0.handlerReturned()
        },
        Row(.handling, "a peer is probed once", .none, .handling, .none) {
            #expect($0.ready(.readableOrClosed) == .sendContinue)
            #expect($0.continueSent() == .none)
            return $0.ready(.readableOrClosed)
        },
    ]

    private static let output = [
        Row(.continueStalled, "flushed", .none, .readingBody, .body) { $0.outputFlushed() },
        Row(.probeStalled, "flushed", .none, .handling, .none) { $0.outputFlushed() },
        Row(.answerStalled, "flushed", .complete, .handling, .write) { $0.outputFlushed() },
        Row(.answerStalled, "flushed, and the request let go of", .none, .idle, .idle) {
            _ = $0.outputFlushed()
            return $0.answered()
        },
        Row(.lastAnswerStalled, "flushed, and the request let go of", .finishWriting, .lingering, .linger) {
            _ = $0.outputFlushed()
            return $0.answered()
        },
        Row(.streamStalled, "flushed", .streamFlushed, .streaming, .none) { $0.outputFlushed() },
        Row(.streamStalled, "ended, then flushed", .complete, .handling, .write) {
            #expect($0.streamEnded() == .none)
            return $0.outputFlushed()
        },
        Row(.streamStalled, "a part was taken", .none, .streaming, .write) {
            $0.outputMoved()
            return .none
        },
        Row(.answerStalled, "writable alone, then flushed", .none, .handling, .write) {
            #expect($0.ready(.writable) == .flush)
            return $0.flushEnded()
        },
        Row(.streamStalled, "writable and the peer's end, then written", .gone, .streaming, .write) {
            #expect($0.ready(Interest(rawValue: 0x2005)) == .flush)
            return $0.flushEnded()
        },
        Row(.continueStalled, "writable and readable, then written", .read, .readingBody, .body) {
            #expect($0.ready(Interest(rawValue: 0x5)) == .flush)
            _ = $0.outputFlushed()
            return $0.flushEnded()
        },
        Row(.probeStalled, "answered, then flushed", .complete, .handling, .write) {
            #expect($0.answers() == true)
            #expect($0.answerWritten() == .none)
            return $0.outputFlushed()
        },
    ]

    private static let closing = [
        Row(.lingering, "more than is dropped", .close, .lingering, .linger) { $0.discarded(1001) },
        Row(.lingering, "nothing", .none, .lingering, .linger) { $0.drained() },
        Row(.lingering, "the end", .close, .lingering, .linger) { $0.ended() },
        Row(.fresh, "one connection too many", .complete, .handling, .none) {
            $0.answersAlone(isHead: false)
            return $0.answerWritten()
        },
        Row(.readingHead, "refused", .complete, .handling, .none) {
            $0.answersAlone(isHead: false)
            return $0.answerWritten()
        },
        Row(.continueStalled, "refused behind what is pending", .none, .handling, .write) {
            $0.answersAlone(isHead: false)
            return $0.answerWritten()
        },
        Row(.waitsForBody, "refused, and room comes late", .none, .handling, .none) {
            $0.answersAlone(isHead: false)
            let budget = BufferBudget(bytesMax: 10)
            return $0.roomCame(BufferClaim(budget, ServerRig.payer, holding: 0))
        },
        Row(.readingHead, "refused, answered and closed for writing", .discard, .lingering, .linger) {
            $0.answersAlone(isHead: false)
            #expect($0.answered() == .finishWriting)
            return $0.writingFinished()
        },
        Row(.handling, "closed", .none, .closed, .none) {
            $0.close()
            return $0.ready(.readable)
        },
    ]

    // MARK: What a response says

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", ServerMachine.ConnectionOption.unsaid),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", .close),
        ("GET / HTTP/1.0\r\n\r\n", .close),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", .keepAlive),
    ])
    func `a response says of the connection what becomes of it`(
        _ request: String,
        _ option: ServerMachine.ConnectionOption
    ) {
        var machine = ServerRig.machine()
        _ = Self.fill(&machine, request)
        #expect(machine.connectionOption == option)
    }

    @Test func `a stream for HTTP/1.0 has no chunks and is the connection's last`() {
        for (version, isChunked) in [("1.1\r\nHost: x", true), ("1.0\r\nConnection: keep-alive", false)] {
            var machine = ServerRig.machine()
            _ = Self.fill(&machine, "GET / HTTP/\(version)\r\n\r\n")
            #expect(machine.streamStarts() == true)
            #expect(machine.isChunkedStream == isChunked)
            #expect(machine.connectionOption == (isChunked ? .unsaid : .close))
        }
    }

    @Test func `the timer is set when the deadline is another one, and only then`() {
        var machine = ServerRig.machine()
        #expect(machine.takeDeadline() == true)
        #expect(machine.delayNs == machine.limits.headNs)
        #expect(machine.takeDeadline() == false)
        ServerMachineTests.serve(&machine)
        #expect(machine.takeDeadline() == true)
        #expect(machine.deadline == .none)
        #expect(machine.answers() == true)
        _ = machine.answered()
        #expect(machine.takeDeadline() == true)
        #expect(machine.delayNs == machine.limits.idleNs)
        _ = Self.fill(&machine, ServerMachineTests.post)
        #expect(machine.takeDeadline() == true)
        #expect(machine.delayNs == machine.limits.headNs)
        _ = Self.fill(&machine, "Content-Length: 1\r\n\r\n")
        #expect(machine.takeDeadline() == true)
        #expect(machine.delayNs == machine.limits.bodyNs)
        machine.outputStalled()
        #expect(machine.takeDeadline() == true)
        #expect(machine.delayNs == machine.limits.writeNs)
        machine.close()
        #expect(machine.takeDeadline() == false)
    }
}
