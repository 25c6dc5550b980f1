import Bytes
import EventLoop
import HTTP
import Testing

@testable import HTTPServer

/// Bodies that a handler reads piece by piece, without a socket.
struct ServerMachinePiecesTests {
    typealias Action = ServerMachine.Action
    typealias Row = ServerMachineByteTests.Row

    private static let chunked = ServerMachineTests.post + "Transfer-Encoding: chunked\r\n\r\n"

    /// What fails is answered by the handler, and not here.
    private static let whole = ServerMachineByteTests.rows.filter {
        !$0.wire.contains("chunked") || !$0.requests.isEmpty
    }
    private static let more = [
        Row(name: "no chunk", wire: chunked + "0\r\n\r\n", requests: ["POST /|"]),
        Row(
            name: "a trailer, and another request",
            wire: chunked + "1\r\na\r\n0\r\nA: b\r\n\r\n" + chunked + "1\r\nb\r\n0\r\n\r\n",
            requests: ["POST /|a", "POST /|b"]
        ),
        Row(
            name: "an announcement",
            wire: ServerMachineTests.post + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2\r\nhi\r\n0\r\n\r\n",
            requests: ["POST /|hi"]
        ),
        Row(
            name: "the last one",
            wire: ServerMachineTests.post + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2\r\nhi\r\n0\r\n\r\n",
            requests: ["POST /|hi"],
            action: .finishWriting
        ),
    ]

    @Test(arguments: whole + more, [false, true])
    func `requests are the same in pieces, however their bytes are split`(_ row: Row, answersAtOnce: Bool) {
        let wire = Array(row.wire.utf8)
        let splits = (1...wire.count).map { [Array(wire[..<$0]), Array(wire[$0...])] } + [wire.map { [$0] }]
        for pieces in splits {
            var rig = ServerRig(givesPieces: true)
            rig.answersAtOnce = answersAtOnce
            var action = Action.none
            for piece in pieces where action == .none && !piece.isEmpty {
                action = rig.receive([piece])
                while action == .none, rig.machine.phase == .handling { action = rig.run(rig.answer()) }
            }
            #expect(action == row.action, "split \(pieces.map(\.count))")
            #expect(rig.requests == row.requests)
            #expect(rig.brokenBodies.isEmpty)
            rig.close()
            #expect(rig.budget.figures.usedBytes == 0)
        }
    }

    @Test func `nothing is read that the handler did not ask for, and no buffer grows`() {
        var rig = ServerRig(givesPieces: true)
        rig.asksAtOnce = false
        let block = [UInt8](repeating: 97, count: 60_000)
        let body = Array("ea60\r\n".utf8) + block + Array("\r\n0\r\n\r\n".utf8)
        rig.pieces = [Array(Self.chunked.utf8) + body]
        #expect(rig.run(rig.machine.ready(.readable)) == .none)
        var reads = rig.log.count { $0 == .readPiece }
        #expect(reads == 0)
        while rig.machine.phase == .bodyPaused {
            #expect(rig.run(rig.machine.ready(.readable)) == .none)
            #expect(rig.log.count { $0 == .readPiece } == reads)
            _ = rig.run(rig.machine.pieceWanted())
            reads = rig.log.count { $0 == .readPiece }
            #expect(rig.machine.buffer.capacity <= BufferPool.bufferBytes)
        }
        #expect(reads > 5)
        #expect(rig.requests == ["POST /|" + String(repeating: "a", count: 60_000)])
        #expect(rig.machine.claim == nil)
        rig.close()
    }

    @Test func `a body in pieces has no bound, and each piece has the body's time`() {
        var rig = ServerRig(givesPieces: true)
        _ = rig.receive([Array((Self.chunked + "ffffffff\r\n").utf8)])
        for _ in 0..<200 {
            #expect(rig.machine.deadline == .body)
            #expect(rig.receive([[UInt8](repeating: 97, count: 8000)]) == .none)
            #expect(rig.machine.takeDeadline() == true)
        }
        #expect(rig.partial.utf8.count == 7 + 200 * 8000)
        #expect(rig.run(rig.machine.timedOut()) == .none)
        #expect(rig.brokenBodies == [.timedOut])
        #expect(rig.machine.phase == .bodyPaused)
        rig.close()
    }

    @Test func `time that the handler takes is not the client's`() {
        var rig = ServerRig(givesPieces: true)
        rig.asksAtOnce = false
        _ = rig.receive([Array((Self.chunked + "1\r\na\r\n").utf8)])
        #expect(rig.machine.deadline == .none)
        _ = rig.run(rig.machine.pieceWanted())
        #expect(rig.partial == "POST /|a")
        #expect(rig.machine.deadline == .none)
        _ = rig.run(rig.machine.pieceWanted())
        #expect(rig.machine.deadline == .body)
        rig.close()
    }

    @Test func `a body that is not in chunks is told, and its request answered as the last one`() {
        var rig = ServerRig(givesPieces: true)
        #expect(rig.receive([Array((Self.chunked + "1\r\nazz").utf8)]) == .none)
        #expect(rig.brokenBodies == [.malformed])
        #expect(rig.requests.isEmpty)
        #expect(rig.run(rig.answer()) == .finishWriting)
        rig.close()
    }

    @Test(arguments: [false, true])
    func `an answer before the body's end is the connection's last`(isWaiting: Bool) {
        var rig = ServerRig(givesPieces: true)
        rig.asksAtOnce = isWaiting
        _ = rig.receive([Array((Self.chunked + "5\r\nab").utf8)])
        #expect(rig.machine.phase == (isWaiting ? .readingPiece : .bodyPaused))
        #expect(rig.run(rig.answer()) == .finishWriting)
        #expect(rig.machine.pieceWanted() == .none)
        #expect(rig.machine.writingFinished() == .discard)
        rig.close()
    }

    @Test func `a peer that ends within the body is gone, and one that ends after it may wait`() {
        var rig = ServerRig(givesPieces: true)
        rig.pieces = [Array((Self.chunked + "5\r\nab").utf8)]
        rig.peerHasEnded = true
        #expect(rig.run(rig.machine.ready(.readableOrClosed)) == .close)
        rig.close()
        var other = ServerRig(givesPieces: true)
        other.answersAtOnce = false
        other.pieces = [Array((Self.chunked + "1\r\na\r\n0\r\n\r\n").utf8)]
        other.peerHasEnded = true
        _ = other.run(other.machine.ready(.readableOrClosed))
        #expect(other.requests == ["POST /|a"])
        #expect(other.log.last == .sendContinue || other.log.suffix(2).contains(.sendContinue))
        other.close()
    }

    @Test func `after thirty-two pieces other connections have their turn`() {
        var rig = ServerRig(givesPieces: true)
        _ = rig.receive([Array((Self.chunked + "ffff\r\n").utf8)])
        rig.pieces = (0..<100).map { _ in [97] }
        _ = rig.run(rig.machine.ready(.readableOrClosed))
        #expect(rig.log.count { $0 == .giveWay } == 3)
        rig.close()
    }
}
