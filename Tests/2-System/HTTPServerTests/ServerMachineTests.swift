import Bytes
import EventLoop
import HTTP
import Testing

@testable import HTTPServer

/// Each state of a server connection, each event in it, and what follows.
struct ServerMachineTests {
    typealias Action = ServerMachine.Action
    typealias Deadline = ServerMachine.Deadline
    typealias Phase = ServerMachine.Phase

    /// What a row begins with. `Stalled` is: the kernel has not taken all that was written.
    enum Start: Sendable, CaseIterable {
        case handshaking, handshakingInRoom, waitsForHandshake
        case fresh, idle
        case readingHead, waitsForHead
        case readingBody, readingChunks, waitsForBody, waitsForChunks, givesWay, continueStalled
        case screening
        case readingPiece, pieceStalled, bodyPaused
        case handling, probeStalled, answerStalled, lastAnswerStalled
        case streaming, streamStalled
        case lingering, closed

        var phase: Phase {
            switch self {
            case .handshaking, .handshakingInRoom, .waitsForHandshake: .handshaking
            case .fresh, .idle: .idle
            case .readingHead, .waitsForHead: .readingHead
            case .readingBody, .readingChunks, .waitsForBody, .waitsForChunks, .givesWay, .continueStalled:
                .readingBody
            case .screening: .screening
            case .readingPiece, .pieceStalled: .readingPiece
            case .bodyPaused: .bodyPaused
            case .handling, .probeStalled, .answerStalled, .lastAnswerStalled: .handling
            case .streaming, .streamStalled: .streaming
            case .lingering: .lingering
            case .closed: .closed
            }
        }

        var deadline: Deadline {
            switch self {
            case .handshaking, .handshakingInRoom, .waitsForHandshake, .fresh: .head
            case .readingHead, .waitsForHead: .head
            case .idle: .idle
            case .readingBody, .readingChunks, .waitsForBody, .waitsForChunks, .givesWay, .screening: .body
            case .readingPiece: .body
            case .pieceStalled, .continueStalled, .probeStalled, .answerStalled, .lastAnswerStalled,
                .streamStalled:
                .write
            case .handling, .streaming, .closed, .bodyPaused: .none
            case .lingering: .linger
            }
        }
    }

    enum Event: Sendable, CaseIterable {
        case readable, writable, peerClosed, broken, timedOut, drain, drainGoesOn, turnCame, roomCame
        case answer, streamEnd, writingFinished, discard, late

        func send(to machine: inout ServerMachine, _ budget: BufferBudget) -> Action {
            switch self {
            case .readable: return machine.ready(.readable)
            case .writable: return machine.ready(.writable)
            case .peerClosed: return machine.ready(.readableOrClosed)
            case .broken: return machine.ready(.broken)
            case .timedOut: return machine.timedOut()
            case .drain: return machine.drain()
            case .drainGoesOn: return machine.drainGoesOn()
            case .turnCame: return machine.turnCame()
            case .roomCame: return machine.roomCame(BufferClaim(budget, ServerRig.payer, holding: 0))
            case .answer: return machine.answers() ? machine.answerWritten() : .none
            case .streamEnd: return machine.streamEnded()
            case .writingFinished: return machine.writingFinished()
            case .discard: return machine.discarded(1)
            case .late: return machine.handlerReturned()
            }
        }
    }

    struct Outcome: Equatable {
        var action = Action.none
        var phase: Phase
        var deadline: Deadline
    }

    // MARK: The table

    /// What an event does in a state. What is not here does nothing.
    private static func expected(_ start: Start, _ event: Event) -> Outcome {
        var outcome = Outcome(phase: start.phase, deadline: start.deadline)
        if start == .closed { return outcome }
        switch event {
        case .readable, .peerClosed: outcome.action = whenReadable(start, isEnd: event == .peerClosed)
        case .writable:
            switch start {
            case .handshaking: outcome.action = .claim(bytes: 40_960)
            case .handshakingInRoom: outcome.action = .handshake
            case .continueStalled, .pieceStalled, .probeStalled, .answerStalled, .lastAnswerStalled,
                .streamStalled:
                outcome.action = .flush
            default: break
            }
        case .broken: outcome.action = .gone
        case .timedOut:
            outcome.action = whenTimedOut(start)
            outcome.deadline = start == .pieceStalled ? .write : .none
            if start.phase == .readingPiece { outcome.phase = .bodyPaused }
        case .drain: if start.phase == .idle { outcome.action = .read }
        case .drainGoesOn:
            switch start.phase {
            case .idle, .handshaking: outcome.action = .close
            case .streaming: outcome.action = .drainStream
            default: break
            }
        case .turnCame:
            if start == .givesWay { outcome.action = .read }
            if start.phase == .readingPiece { outcome.action = .readPiece }
        case .roomCame:
            switch start {
            case .waitsForHandshake: outcome.action = .handshake
            // Nothing was taken in truth: the claim is made anew.
            case .waitsForHead: outcome.action = .claim(bytes: 16_384)
            case .waitsForChunks: outcome.action = .claim(bytes: 65_536)
            case .waitsForBody: outcome.action = .read
            default: break
            }
        case .answer:
            if start == .handling || start == .readingPiece || start == .bodyPaused {
                (outcome.action, outcome.phase, outcome.deadline) = (.complete, .handling, .none)
            }
            if start == .pieceStalled { outcome.phase = .handling }
        case .streamEnd:
            if start.phase == .streaming { outcome.phase = .handling }
            if start == .streaming { outcome.action = .complete }
        case .writingFinished, .discard: if start == .lingering { outcome.action = .discard }
        case .late: break
        }
        return outcome
    }

    private static func whenReadable(_ start: Start, isEnd: Bool) -> Action {
        switch start {
        case .handshaking: .claim(bytes: 40_960)
        case .handshakingInRoom: .handshake
        case .fresh, .idle, .readingHead, .readingBody, .readingChunks, .givesWay, .continueStalled: .read
        case .readingPiece, .pieceStalled: .readPiece
        case .waitsForHandshake, .waitsForHead, .waitsForBody, .waitsForChunks, .screening, .bodyPaused: .none
        case .handling: isEnd ? .sendContinue : .none
        case .probeStalled, .answerStalled, .lastAnswerStalled: .none
        case .streaming, .streamStalled: isEnd ? .gone : .none
        case .lingering: .discard
        case .closed: .none
        }
    }

    private static func whenTimedOut(_ start: Start) -> Action {
        switch start {
        case .waitsForHandshake: .closeForRoom
        case .handshaking, .handshakingInRoom, .fresh, .idle, .streaming, .streamStalled, .lingering: .gone
        case .readingHead, .readingBody, .readingChunks, .givesWay, .continueStalled: .refuse(status: 408)
        case .waitsForHead, .waitsForBody, .waitsForChunks, .screening: .refuseForRoom
        case .readingPiece, .pieceStalled: .failBody(.timedOut)
        case .handling, .bodyPaused, .closed: .none
        case .probeStalled, .answerStalled, .lastAnswerStalled: .gone
        }
    }

    @Test(arguments: Start.allCases)
    func `each event in each state has one outcome`(_ start: Start) {
        let budget = BufferBudget(bytesMax: 1 << 20)
        for event in Event.allCases where Self.isPossible(event, start) {
            var machine = Self.machine(start, budget)
            #expect(machine.phase == start.phase)
            #expect(machine.deadline == start.deadline)
            let action = event.send(to: &machine, budget)
            let outcome = Outcome(action: action, phase: machine.phase, deadline: machine.deadline)
            #expect(outcome == Self.expected(start, event), "\(event)")
            machine.close()
        }
        #expect(budget.figures.usedBytes == 0)
    }

    /// The return of the handler can come in the states alone that a handler's call leads to.
    private static func isPossible(_ event: Event, _ start: Start) -> Bool {
        event != .late
            || ![Phase.readingBody, .readingPiece, .idle, .streaming, .handling].contains(start.phase)
    }

    // MARK: Ways to the states

    static func machine(_ start: Start, _ budget: BufferBudget) -> ServerMachine {
        let givesPieces = start.phase == .readingPiece || start.phase == .bodyPaused
        var machine = ServerRig.machine(isTLS: start.phase == .handshaking, givesPieces: givesPieces)
        lead(&machine, to: start, budget)
        return machine
    }

    private static func lead(_ machine: inout ServerMachine, to start: Start, _ budget: BufferBudget) {
        switch start {
        case .handshaking, .fresh: break
        case .handshakingInRoom:
            #expect(machine.ready(.readable) == .claim(bytes: 40_960))
            #expect(budget.take(40_960, for: ServerRig.payer))
            #expect(machine.roomTaken(BufferClaim(budget, ServerRig.payer, holding: 40_960)) == .handshake)
        case .waitsForHandshake:
            _ = machine.ready(.readable)
            #expect(machine.roomIsAwaited() == .none)
        case .idle:
            serve(&machine)
            #expect(machine.answers() == true)
            #expect(machine.answerWritten() == .complete)
            #expect(machine.answered() == .none)
        case .readingHead: #expect(feed(&machine, "GET / HTTP/1.1\r\nHost") == .none)
        case .waitsForHead:
            let long = "GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: BufferPool.bufferBytes - 19)
            #expect(feed(&machine, long) == .claim(bytes: 16_384))
        case .readingBody, .readingChunks, .waitsForBody, .waitsForChunks, .givesWay, .continueStalled:
            leadToBody(&machine, start)
        case .screening:
            #expect(feed(&machine, post + "Content-Length: 5\r\n\r\n") == .screen)
            machine.judgeIsAsked()
            #expect(machine.handlerReturned() == .none)
        case .readingPiece, .pieceStalled, .bodyPaused: leadToPieces(&machine, start)
        case .handling: serve(&machine)
        case .probeStalled:
            serve(&machine)
            #expect(machine.ready(.readableOrClosed) == .sendContinue)
            machine.outputStalled()
            #expect(machine.continueSent() == .none)
        case .answerStalled, .lastAnswerStalled:
            serve(&machine, option: start == .lastAnswerStalled ? "Connection: close\r\n" : "")
            #expect(machine.answers() == true)
            machine.outputStalled()
            #expect(machine.answerWritten() == .none)
        case .streaming, .streamStalled:
            serve(&machine)
            #expect(machine.streamStarts() == true)
            if start == .streamStalled { machine.outputStalled() }
        case .lingering:
            serve(&machine, option: "Connection: close\r\n")
            #expect(machine.answers() == true)
            #expect(machine.answered() == .finishWriting)
            #expect(machine.writingFinished() == .discard)
            #expect(machine.drained() == .none)
        case .closed: machine.close()
        }
    }

    private static func leadToBody(_ machine: inout ServerMachine, _ start: Start) {
        switch start {
        case .readingBody:
            #expect(feed(&machine, post + "Content-Length: 5\r\n\r\nab") == .screen)
            #expect(machine.proceed(bodyBytesMax: .max, payer: nil) == .none)
        case .readingChunks:
            #expect(feed(&machine, post + "Transfer-Encoding: chunked\r\n\r\n5\r\nab") == .screen)
            #expect(machine.proceed(bodyBytesMax: .max, payer: nil) == .none)
        case .waitsForBody:
            #expect(feed(&machine, post + "Content-Length: 9000\r\n\r\n") == .screen)
            #expect(machine.proceed(bodyBytesMax: .max, payer: nil) == .claim(bytes: 9000 + 51))
        case .waitsForChunks:
            let head = post + "Transfer-Encoding: chunked\r\n\r\n4000\r\n"
            let body = String(repeating: "x", count: BufferPool.bufferBytes - head.utf8.count)
            #expect(feed(&machine, head + body) == .screen)
            // The size line is decoded away, so that there is room for one read of six bytes more.
            #expect(machine.proceed(bodyBytesMax: .max, payer: nil) == .read)
            #expect(fill(&machine, "xxxxxx") == .claim(bytes: 65_536))
        case .givesWay:
            #expect(feed(&machine, post + "Content-Length: 5\r\n\r\n") == .screen)
            machine.isReadable = true
            machine.reads = 32
            #expect(machine.proceed(bodyBytesMax: .max, payer: nil) == .giveWay)
        case .continueStalled:
            #expect(feed(&machine, post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n") == .screen)
            #expect(machine.proceed(bodyBytesMax: .max, payer: nil) == .sendContinue)
            machine.outputStalled()
            #expect(machine.continueSent() == .none)
        default: break
        }
    }

    private static func leadToPieces(_ machine: inout ServerMachine, _ start: Start) {
        let expects = start == .pieceStalled ? "Expect: 100-continue\r\n" : ""
        let head = post + expects + "Transfer-Encoding: chunked\r\n\r\n"
        #expect(feed(&machine, head + (start == .bodyPaused ? "1\r\na" : "")) == .serveHead)
        _ = machine.takeHead(peer: "")
        #expect(machine.handlerReturned() == .none)
        guard start != .bodyPaused else { return }
        #expect(machine.pieceWanted() == (expects.isEmpty ? .none : .sendContinue))
        guard start == .pieceStalled else { return }
        machine.outputStalled()
        #expect(machine.continueSent() == .none)
    }

    static let post = "POST / HTTP/1.1\r\nHost: x\r\n"

    /// The kernel reports bytes, which one read takes.
    static func feed(_ machine: inout ServerMachine, _ text: String) -> Action {
        #expect(machine.ready(.readable) == .read)
        return fill(&machine, text)
    }

    /// One read takes the bytes.
    static func fill(_ machine: inout ServerMachine, _ text: String) -> Action {
        let bytes = Array(text.utf8)
        let count = machine.withRoom { room in
            let count = min(room.count, bytes.count)
            room.copyMemory(from: bytes.withUnsafeBytes { .init(rebasing: $0[..<count]) })
            return count
        }
        #expect(count == bytes.count)
        return machine.received(count)
    }

    /// A whole request comes, and its handler takes its time.
    static func serve(_ machine: inout ServerMachine, option: String = "") {
        #expect(feed(&machine, "GET / HTTP/1.1\r\nHost: x\r\n\(option)\r\n") == .serve(restBytes: 0))
        #expect(machine.takeClaim() == nil)
        _ = machine.takeRequest(peer: "", restRoom: nil)
        #expect(machine.handlerReturned() == .none)
    }
}
