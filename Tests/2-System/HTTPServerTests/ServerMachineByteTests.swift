import Bytes
import EventLoop
import HTTP
import Testing

@testable import HTTPServer

/// What a server connection makes of a client's bytes, however they are split and whatever happens meanwhile.
struct ServerMachineByteTests {
    typealias Action = ServerMachine.Action

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let wire: String
        var requests: [String] = []
        var action = Action.none

        var testDescription: String { name }
    }

    private static let post = ServerMachineTests.post

    static let rows = [
        Row(name: "no body", wire: "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", requests: ["GET /a|"]),
        Row(name: "a length", wire: post + "Content-Length: 5\r\n\r\nhello", requests: ["POST /|hello"]),
        Row(
            name: "a length after its announcement",
            wire: post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            requests: ["POST /|hello"]
        ),
        Row(
            name: "chunks",
            wire: post + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: u\r\n\r\n",
            requests: ["POST /|hello"]
        ),
        Row(
            name: "three in a row",
            wire: post + "Content-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: x\r\n\r\n" + post
                + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            requests: ["POST /|hi", "GET /b|", "POST /|hi"]
        ),
        Row(
            name: "the last one, and another",
            wire: "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
            requests: ["GET /a|"],
            action: .finishWriting
        ),
        Row(name: "HTTP/1.0", wire: "GET /a HTTP/1.0\r\n\r\n", requests: ["GET /a|"], action: .finishWriting),
        Row(name: "a bad line", wire: "GET\r\n\r\n", action: .refuse(status: 400)),
        Row(name: "no host", wire: "GET / HTTP/1.1\r\n\r\n", action: .refuse(status: 400)),
        Row(name: "HTTP/2", wire: "GET / HTTP/2.0\r\n\r\n", action: .refuse(status: 505)),
        Row(name: "a coding", wire: post + "Transfer-Encoding: gzip\r\n\r\n", action: .refuse(status: 501)),
        Row(name: "an expectation", wire: post + "Expect: x\r\n\r\n", action: .refuse(status: 417)),
        Row(
            name: "a body over the bound",
            wire: post + "Content-Length: 1000001\r\n\r\n",
            action: .refuse(status: 413)
        ),
        Row(
            name: "a chunk over the bound",
            wire: post + "Transfer-Encoding: chunked\r\n\r\nf4241\r\n",
            action: .refuse(status: 413)
        ),
        Row(
            name: "a bad chunk",
            wire: post + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi!",
            action: .refuse(status: 400)
        ),
    ]

    @Test(arguments: rows, [false, true])
    func `requests are the same however their bytes are split`(_ row: Row, answersAtOnce: Bool) {
        let wire = Array(row.wire.utf8)
        let splits = (1...wire.count).map { [Array(wire[..<$0]), Array(wire[$0...])] } + [wire.map { [$0] }]
        for pieces in splits {
            var rig = ServerRig()
            rig.answersAtOnce = answersAtOnce
            var action = Action.none
            for piece in pieces where action == .none && !piece.isEmpty {
                action = rig.receive([piece])
                while action == .none, rig.machine.phase == .handling { action = rig.run(rig.answer()) }
            }
            #expect(action == row.action, "split \(pieces.map(\.count))")
            #expect(rig.requests == row.requests)
            rig.close()
            #expect(rig.budget.figures.usedBytes == 0)
        }
    }

    @Test func `a head over the bound is refused, whether it grows slowly or not`() {
        let long = Array((Self.post + "A: " + String(repeating: "a", count: 21_000)).utf8)
        for size in [1000, 8192, 30_000] {
            var rig = ServerRig()
            let pieces = stride(from: 0, to: long.count, by: size).map {
                Array(long[$0..<min($0 + size, long.count)])
            }
            #expect(rig.receive(pieces) == .refuse(status: 431))
        }
    }

    /// Source: RFC 9112 §9.3.2.
    @Test(arguments: [true, false])
    func `what follows a request is kept as far as there is room`(hasRoom: Bool) {
        var rig = ServerRig(budget: BufferBudget(bytesMax: hasRoom ? 1 << 20 : 45_000))
        let large = Self.post + "Content-Length: 20000\r\n\r\n" + String(repeating: "a", count: 20_000)
        let next = Self.post + "Content-Length: 9000\r\n\r\n" + String(repeating: "b", count: 9_000)
        // The second request comes with the end of the first one.
        let wire = Array((large + next).utf8)
        rig.answersAtOnce = false
        #expect(rig.receive([Array(wire[..<10_000])]) == .none)
        rig.machine.buffer.grow(to: 40_000, rig.machine.buffers)
        #expect(rig.receive([Array(wire[10_000...])]) == .none)
        #expect(rig.requests.count == 1)
        #expect(rig.machine.buffer.filled == (hasRoom ? next.utf8.count : 0))
        #expect(rig.machine.closeAfterResponse == !hasRoom)
        #expect(rig.run(rig.answer()) == (hasRoom ? .none : .finishWriting))
        #expect(rig.requests.count == (hasRoom ? 2 : 1))
        rig.close()
        #expect(rig.budget.figures.usedBytes == 0)
    }

    @Test func `a body takes room as its head says, from whoever the handler names`() {
        var rig = ServerRig()
        let payer = BufferPayer(realm: 1, id: 7)
        rig.verdict = (.max, payer)
        _ = rig.receive([Array((Self.post + "Content-Length: 500000\r\n\r\n").utf8)])
        #expect(rig.machine.payer == payer)
        #expect(rig.machine.claim?.payer == payer)
        #expect(rig.budget.figures.usedBytes == 500_000 + 53)
        #expect(rig.machine.buffer.capacity == 65_536, "the rest grows as it comes")
        _ = rig.receive([[UInt8](repeating: 97, count: 500_000)])
        #expect(rig.requests.count == 1)
        #expect(rig.budget.figures.usedBytes == 0)
    }

    @Test func `after thirty-two reads other connections have their turn`() {
        var rig = ServerRig()
        _ = rig.receive([Array((Self.post + "Content-Length: 900000\r\n\r\n").utf8)])
        rig.pieces = (0..<100).map { _ in [UInt8](repeating: 97, count: 1) }
        // A short read doesn't say that the socket is empty once the peer has ended its side.
        _ = rig.run(rig.machine.ready(.readableOrClosed))
        let reads = rig.log.drop { $0 != .screen }.split(separator: .giveWay).map { $0.count { $0 == .read } }
        #expect(reads.dropFirst().dropLast().allSatisfy { $0 == 32 })
        #expect(rig.log.count { $0 == .giveWay } == 3)
    }

    @Test func `a short read ends reading, unless the end was reported or TLS may hold more`() {
        for (isTLS, hasEnded, reads) in [(false, false, 1), (true, false, 2), (false, true, 2)] {
            var rig = ServerRig(isTLS: isTLS)
            rig.pieces = [Array("GET".utf8)]
            if isTLS {
                #expect(rig.run(rig.machine.ready(.readable)) == .handshake)
                #expect(rig.run(rig.machine.handshook()) == .none)
            } else {
                _ = rig.run(rig.machine.ready(hasEnded ? .readableOrClosed : .readable))
            }
            #expect(rig.log.count { $0 == .read } == reads)
        }
    }

    // MARK: Any sequence

    /// Random bytes, splits, outcomes, answers and events; fixed seed. What rests must be woken by something: a deadline, a
    /// handler or the end of a turn.
    @Test func `no sequence of events traps, or leaves a connection that nothing wakes`() {
        var random = SequenceOfNumbers(seed: 5)
        var (served, pieces) = (0, 0)
        for round in 0..<3000 {
            var rig = ServerRig(isTLS: random.next(3) == 0, givesPieces: random.next(2) == 0)
            var action = Action.none
            for _ in 0..<80 where rig.machine.phase != .closed {
                random.vary(&rig, Self.rows.map(\.wire))
                action = random.answer(rig.run(action), &rig)
                guard action == .none else { continue }
                let isAwake = Self.isAwake(rig.machine)
                #expect(isAwake, "round \(round): \(rig.machine.phase) \(rig.log.suffix(8))")
                action = random.event(&rig)
            }
            served += rig.requests.count
            pieces += rig.log.count { $0 == .givePiece }
            rig.close()
            #expect(rig.budget.figures.usedBytes == 0)
        }
        #expect(served > 500)
        #expect(pieces > 200)
    }

    private static func isAwake(_ machine: borrowing ServerMachine) -> Bool {
        switch machine.phase {
        case .closed: true
        case .handling: machine.outputIsPending ? machine.deadline == .write : !machine.isAnswered
        case .streaming: !machine.outputIsPending || machine.deadline == .write
        case .bodyPaused: true  // the handler goes on
        case .readingPiece: machine.deadline != .none && !machine.isReadable
        default: machine.deadline != .none
        }
    }
}

/// What a driver, a handler, a kernel and a client may do, at random. Deterministic.
private struct SequenceOfNumbers {
    typealias Action = ServerMachine.Action

    private var seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    mutating func next(_ bound: Int) -> Int {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(seed >> 33) % max(1, bound)
    }

    mutating func vary(_ rig: inout ServerRig, _ wires: [String]) {
        rig.room = [ServerRig.Room.taken, .taken, .later, .never][next(4)]
        rig.answersAtOnce = next(2) == 0
        rig.asksAtOnce = next(2) == 0
        rig.kernelIsFull = next(4) == 0
        rig.verdict = (next(8) == 0 ? 3 : .max, next(2) == 0 ? BufferPayer(realm: 1, id: 1) : nil)
        rig.peerHasEnded = next(20) == 0
        guard rig.pieces.isEmpty, next(2) == 0 else { return }
        var wire = Array(wires[next(wires.count)].utf8)
        if next(6) == 0 { wire[next(wire.count)] = UInt8(next(256)) }
        if next(20) == 0 { wire += [UInt8](repeating: 97, count: 30_000) }
        let cut = next(wire.count + 1)
        rig.pieces = [Array(wire[..<cut]), Array(wire[cut...])].filter { !$0.isEmpty }
    }

    /// What a driver would tell of an action.
    mutating func answer(_ action: Action, _ rig: inout ServerRig) -> Action {
        switch action {
        case .none: return .none
        case .handshake:
            switch next(6) {
            case 0: return rig.machine.handshakeFailed(speaksPlainHTTP: next(2) == 0)
            case 1, 2: return .none
            default: return rig.machine.handshook()
            }
        case .flush:
            if next(3) == 0 { rig.machine.outputMoved() }
            if next(3) > 0 { rig.run(rig.machine.outputFlushed()) }
            return rig.machine.flushEnded()
        case .finishWriting: return rig.machine.writingFinished()
        case .discard:
            return next(2) == 0 ? rig.machine.drained() : rig.machine.discarded(next(300))
        case .refuse, .refuseForRoom, .refusePlainHTTP:
            return rig.answerAlone()
        case .streamFlushed, .drainStream: return next(2) == 0 ? .none : rig.machine.streamEnded()
        case .gone, .close, .closeForRoom:
            rig.close()
            return .none
        case .claim, .read, .giveWay, .screen, .sendContinue, .serve, .complete: return action
        case .serveHead, .readPiece, .givePiece, .failBody: return action
        }
    }

    /// What may happen by itself.
    mutating func event(_ rig: inout ServerRig) -> Action {
        switch next(12) {
        case 0 where rig.machine.deadline != .none: return rig.machine.timedOut()
        case 1 where rig.waitsFor != nil: return rig.roomComes()
        case 2 where !rig.machine.isAnswered && rig.machine.phase == .handling: return respond(&rig)
        case 3 where rig.machine.phase == .streaming:
            if next(2) == 0 { return rig.machine.streamEnded() }
            rig.write()
            return .none
        case 4,
            5 where rig.machine.phase == .bodyPaused:
            return next(6) == 0 ? respond(&rig) : rig.machine.pieceWanted()
        case 4 where next(10) == 0: return rig.machine.drain()
        case 5 where next(10) == 0: return rig.machine.drainGoesOn()
        default:
            let events: [UInt32] = [0x1, 0x1, 0x1, 0x4, 0x5, 0x2001, 0x2005, 0x18]
            return rig.machine.ready(Interest(rawValue: events[next(next(6) == 0 ? 8 : 5)]))
        }
    }

    /// The handler answers, or begins a stream; the kernel may be full.
    private mutating func respond(_ rig: inout ServerRig) -> Action {
        if next(4) == 0 {
            _ = rig.machine.streamStarts()
            return .none
        }
        return rig.answer()
    }
}
