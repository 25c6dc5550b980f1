import Bytes
import EventLoop
import HTTP
import Testing

@testable import HTTPClient

/// What a client connection makes of a server's bytes, however they are split.
struct ClientMachineResponseTests {
    typealias Action = ClientMachine.Action

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let wire: String
        var body = ""
        var action = Action.keep
        var isHead = false
        var bytesMax = 1 << 20
        /// The server ends its side after these bytes.
        var ends = false

        var testDescription: String { name }
    }

    private static let rows = [
        Row(name: "a length", wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", body: "hello"),
        Row(name: "no body", wire: "HTTP/1.1 204 No Content\r\n\r\n"),
        Row(name: "an empty body", wire: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        Row(name: "a HEAD", wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", isHead: true),
        Row(
            name: "chunks",
            wire:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: u\r\n\r\n",
            body: "hello"
        ),
        Row(
            name: "interim responses",
            wire: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            body: "hi"
        ),
        Row(
            name: "an unwilling server",
            wire: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
            body: "hi",
            action: .close
        ),
        Row(
            name: "bytes behind a length",
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!",
            body: "hi",
            action: .close
        ),
        Row(
            name: "bytes behind chunks",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n!",
            body: "hi",
            action: .close
        ),
        Row(
            name: "until the end",
            wire: "HTTP/1.1 200 OK\r\n\r\nhello",
            body: "hello",
            action: .close,
            ends: true
        ),
        Row(
            name: "the end in a body",
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
            action: .lookAtLoss,
            ends: true
        ),
        Row(name: "the end in a head", wire: "HTTP/1.1 200 OK\r\nContent", action: .lookAtLoss, ends: true),
        Row(
            name: "the end in chunks",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
            action: .lookAtLoss,
            ends: true
        ),
        Row(
            name: "a length over the bound",
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
            action: .fail(.tooLarge),
            bytesMax: 10
        ),
        Row(
            name: "chunks over the bound",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n",
            action: .fail(.tooLarge),
            bytesMax: 10
        ),
        Row(
            name: "a body without a length over the bound",
            wire: "HTTP/1.1 200 OK\r\n\r\n12345678901",
            action: .fail(.tooLarge),
            bytesMax: 10
        ),
        Row(name: "no HTTP", wire: "SSH-2.0-OpenSSH\r\n", action: .fail(.malformed)),
        Row(name: "another protocol", wire: "HTTP/1.1 101 Switch\r\n\r\n", action: .fail(.malformed)),
        Row(
            name: "a bad chunk",
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            action: .fail(.malformed)
        ),
    ]

    /// Splits in two at every position, and into single bytes.
    private static func splits(_ wire: [UInt8]) -> [[[UInt8]]] {
        (1...wire.count).map { [Array(wire[..<$0]), Array(wire[$0...])] } + [wire.map { [$0] }]
    }

    private static func outcome(_ row: Row, _ pieces: [[UInt8]], isTLS: Bool, isStreamed: Bool) -> (
        Action, String, String
    ) {
        var rig = ClientRig(
            isTLS: isTLS,
            isStreamed: isStreamed,
            isHead: row.isHead,
            bytesMax: row.bytesMax
        )
        rig.start()
        var action = rig.receive(pieces)
        if row.ends, action == .none {
            rig.atEnd = .close
            action = rig.run(rig.machine.ready(.peerClosed))
        }
        if action == .probe { action = rig.machine.probed(isQuiet: true, at: 0) }
        if action == .keep, row.action == .close {
            // The last byte comes when the response was taken already, to an idle connection.
            action = rig.machine.ready(.readable)
            if action == .probe { action = rig.machine.probed(isQuiet: false, at: 0) }
        }
        return (
            action, isStreamed ? String(decoding: rig.streamed, as: UTF8.self) : rig.body, rig.machine.fault
        )
    }

    @Test(arguments: rows, [false, true])
    func `a response is the same however its bytes are split`(_ row: Row, isTLS: Bool) {
        for pieces in Self.splits(Array(row.wire.utf8)) {
            let (action, body, fault) = Self.outcome(row, pieces, isTLS: isTLS, isStreamed: false)
            #expect(action == row.action, "split \(pieces.map(\.count))")
            #expect(body == row.body)
            #expect((action == .fail(.malformed)) == !fault.isEmpty)
        }
    }

    @Test(arguments: rows, [false, true])
    func `a streamed response is passed on the same however its bytes are split`(_ row: Row, isTLS: Bool) {
        for pieces in Self.splits(Array(row.wire.utf8)) {
            let (action, body, _) = Self.outcome(row, pieces, isTLS: isTLS, isStreamed: true)
            #expect(action == row.action, "split \(pieces.map(\.count))")
            if case .keep = action { #expect(body == row.body) }
            if case .close = action { #expect(body == row.body) }
        }
    }

    @Test func `what is good of a streamed body comes before its fault`() {
        var rig = ClientRig(isStreamed: true)
        rig.start()
        let wire = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n!"
        #expect(rig.receive([Array(wire.utf8)]) == .fail(.malformed))
        #expect(rig.streamed == Array("hello".utf8))
        #expect(rig.toldStatus == 200)
        #expect(rig.machine.fault == "a chunk size is not hexadecimal")
    }

    @Test func `a full body stops reading until its reader wants more`() {
        var rig = ClientRig(isStreamed: true)
        rig.start()
        rig.bodyIsFull = true
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello".utf8)
        // More is there: without back-pressure it would be read.
        rig.pieces = [head, Array("!".utf8)]
        #expect(rig.run(rig.machine.ready(.readable)) == .none)
        #expect(rig.run(rig.machine.ready(.readable, bodyIsFull: true)) == .none)
        #expect(rig.streamed == Array("hello".utf8))
        rig.bodyIsFull = false
        #expect(rig.run(rig.machine.resumed()) == .keep)
        #expect(rig.streamed == Array("hello!".utf8))
    }

    @Test func `a short read ends reading, unless the end was reported or TLS may hold more`() {
        let head = Array("HTTP/1.1 200".utf8)
        for (isTLS, hasClosed, reads) in [(false, false, 1), (true, false, 2), (false, true, 2)] {
            var rig = ClientRig(isTLS: isTLS)
            rig.start()
            rig.pieces = [head]
            let action = rig.run(rig.machine.ready(hasClosed ? .peerClosed : .readable))
            #expect(action == .none)
            #expect(rig.log.count { $0 == .read } == reads)
        }
    }

    @Test func `interim responses have an end`() {
        var rig = ClientRig()
        rig.start()
        let interim = Array(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 33).utf8)
        #expect(rig.receive([interim]) == .fail(.malformed))
        #expect(rig.machine.fault == "interim responses without end")
    }

    @Test func `a head over the bound is refused`() {
        var rig = ClientRig(headBytesMax: 100)
        rig.start()
        let long = Array(("HTTP/1.1 200 OK\r\nA: " + String(repeating: "a", count: 200)).utf8)
        #expect(rig.receive([long]) == .fail(.malformed))
        #expect(rig.machine.fault == "its head is too large")
    }

    /// A server's word makes the buffer no larger than this.
    @Test func `a promised body takes memory as it comes`() {
        var rig = ClientRig(bytesMax: 64 << 20)
        rig.start()
        _ = rig.receive([Array("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n".utf8)])
        #expect(rig.machine.buffer.capacity == 256 * 1024)
        let piece = [UInt8](repeating: 120, count: 1_000_000)
        for _ in 0..<49 { #expect(rig.receive([piece]) == .none) }
        #expect(rig.receive([piece]) == .keep)
        #expect(rig.response?.body.count == 50_000_000)
        #expect(rig.machine.buffer.capacity == 0)
    }

    /// Random bytes, pieces, outcomes and events; fixed seed.
    @Test func `no sequence of events traps or leaves a connection without a deadline`() {
        var seed: UInt64 = 11
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % max(1, bound)
        }
        var (kept, deliveries) = (0, 0)
        for _ in 0..<3000 {
            var rig = ClientRig(isTLS: next(2) == 0, isStreamed: next(3) == 0, bytesMax: 9_000)
            var action = next(2) == 0 ? rig.machine.open(for: rig.call) : .none
            if action == .none { rig.start() }
            for _ in 0..<60 {
                if rig.machine.phase == .closed { break }
                rig.bodyIsFull = next(3) == 0
                if next(3) == 0 {
                    var wire = Array(Self.rows[next(Self.rows.count)].wire.utf8)
                    if next(4) == 0 { wire[next(wire.count)] = UInt8(next(256)) }
                    let cut = next(wire.count + 1)
                    rig.pieces = [Array(wire[..<cut]), Array(wire[cut...])].filter { !$0.isEmpty }
                }
                rig.atEnd = [Action.none, .none, .none, .close, .lookAtLoss][next(5)]
                let wasDelivered = rig.response != nil
                action = Self.answer(rig.run(action), &rig, next)
                if !wasDelivered, rig.response != nil { deliveries += 1 }
                if rig.machine.phase == .idle, action == .keep || action == .none { kept += 1 }
                if action == .keep { action = .none }
                guard action == .none else { continue }
                #expect(rig.machine.phase == .closed || rig.machine.timerEndsAt < .max)
                action = Self.event(&rig, next)
            }
        }
        #expect(kept > 30)
        #expect(deliveries > 300)
    }

    /// What a driver would tell of an action, at random.
    private static func answer(
        _ action: Action,
        _ rig: inout ClientRig,
        _ next: (Int) -> Int
    ) -> Action {
        switch action {
        case .none, .keep, .read, .tellHead, .pass, .deliver: return action
        case .resolve: return next(5) > 0 ? rig.machine.resolved() : rig.machine.resolveFailed(isLate: false)
        case .connect:
            if next(5) == 0 { return rig.machine.addressesRanOut() }
            return next(3) == 0 ? rig.machine.attemptFailed() : rig.machine.attemptBegan(at: 0)
        case .noteRefusal, .noteSilence: return rig.machine.attemptFailed()
        case .handshake: return next(3) == 0 ? .none : rig.machine.handshook()
        case .begin: return rig.machine.begin(rig.call, acknowledged: 0)
        case .write:
            switch next(4) {
            case 0: return rig.machine.writeBlocked()
            case 1: return rig.machine.writeFailed()
            default: return rig.machine.wrote(1 + next(rig.call.messageBytes - rig.machine.sent))
            }
        case .probe: return rig.machine.probed(isQuiet: next(2) == 0, at: 0)
        case .lookAtLoss:
            let loss = ClientMachine.Loss(
                acknowledged: Int64(next(20)),
                wasReset: next(3) == 0,
                isRetried: next(3) == 0,
                now: 0
            )
            return rig.machine.lost(loss)
        case .retry, .fail, .close:
            rig.machine.close()
            return .none
        }
    }

    /// What may happen by itself, at random.
    private static func event(_ rig: inout ClientRig, _ next: (Int) -> Int) -> Action {
        switch next(8) {
        case 0: return rig.machine.resumed()
        case 1 where next(8) == 0: return rig.machine.timedOut(at: 2_000, mayTryNext: next(2) == 0)
        case 2 where rig.machine.phase == .idle: return rig.machine.begin(rig.call, acknowledged: 0)
        default:
            let events = Interest(rawValue: [0x1, 0x4, 0x5, 0x2001, 0x18, 0x2005][next(6)])
            return rig.machine.ready(events, errno: next(9) == 0 ? 111 : 0, bodyIsFull: rig.bodyIsFull)
        }
    }
}
