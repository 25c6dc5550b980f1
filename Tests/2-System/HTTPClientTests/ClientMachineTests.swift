import EventLoop
import Testing

@testable import HTTPClient

/// Each phase of a client connection, each event in it, and what follows.
struct ClientMachineTests {
    typealias Action = ClientMachine.Action
    typealias Phase = ClientMachine.Phase

    /// Where a row begins. `again` is the second call on a connection.
    enum Start: Sendable {
        case resolving, connecting, handshaking, connected
        case unsent, halfSent, sent, answered, idle, again, closed
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let start: Start
        let event: String
        let action: Action
        let phase: Phase
        let isTLS: Bool
        let send: @Sendable (inout ClientMachine) -> Action

        init(
            _ start: Start,
            _ event: String,
            _ action: Action,
            _ phase: Phase,
            isTLS: Bool = false,
            _ send: @escaping @Sendable (inout ClientMachine) -> Action
        ) {
            (self.start, self.event, self.action, self.phase) = (start, event, action, phase)
            (self.isTLS, self.send) = (isTLS, send)
        }

        var testDescription: String { "\(start)\(isTLS ? " over TLS" : ""): \(event)" }
    }

    private static func machine(_ start: Start, isTLS: Bool) -> ClientMachine {
        let call = ClientMachine.Call(messageBytes: 10, responseBytesMax: 1 << 20, deadline: end)
        var machine = ClientRig.machine(isTLS: isTLS)
        if start == .closed { machine.close() }
        guard start != .closed else { return machine }
        _ = machine.open(for: call)
        if start == .resolving { return machine }
        _ = machine.resolved()
        _ = machine.attemptBegan(at: 0)
        if start == .connecting { return machine }
        _ = machine.ready(.writable)
        if start == .handshaking { return machine }
        if isTLS { _ = machine.handshook() }
        if start == .connected { return machine }
        _ = machine.begin(call, acknowledged: 100)
        if start == .unsent { return machine }
        _ = machine.wrote(start == .halfSent ? 4 : 10)
        if start == .halfSent || start == .sent { return machine }
        machine.isInStep = true
        machine.isDrained = true
        machine.hasReceived = true
        if start == .answered { return machine }
        _ = machine.completed(at: 0)
        if start == .idle { return machine }
        _ = machine.begin(call, acknowledged: 100)
        return machine
    }

    private static let end = ClientRig.callEnd

    private static func loss(
        _ acknowledged: Int64,
        reset: Bool = false,
        retried: Bool = false,
        now: UInt64 = 0
    ) -> ClientMachine.Loss {
        ClientMachine.Loss(acknowledged: acknowledged, wasReset: reset, isRetried: retried, now: now)
    }

    @Test(arguments: opening + sending + losing + ending)
    func `each event in each phase has one outcome`(_ row: Row) {
        var machine = Self.machine(row.start, isTLS: row.isTLS)
        #expect(row.send(&machine) == row.action)
        #expect(machine.phase == row.phase)
    }

    private static let opening = [
        Row(.resolving, "addresses found", .connect, .resolving) { $0.resolved() },
        Row(.resolving, "no addresses", .fail(.unresolved), .resolving) { $0.resolveFailed(isLate: false) },
        Row(.resolving, "looked up too long", .fail(.connectingTimedOut), .resolving) {
            $0.resolveFailed(isLate: true)
        },
        Row(.resolving, "ready", .none, .resolving) { $0.ready(.readable) },
        Row(.resolving, "time is up", .fail(.connectingTimedOut), .resolving) {
            $0.timedOut(at: end, mayTryNext: true)
        },
        Row(.resolving, "an address refuses at once", .connect, .resolving) { $0.attemptFailed() },
        Row(.resolving, "no address is left", .fail(.unreachable), .resolving) { $0.addressesRanOut() },
        Row(.resolving, "a socket is under way", .none, .connecting) { $0.attemptBegan(at: 0) },
        Row(.connecting, "writable", .begin, .idle) { $0.ready(.writable) },
        Row(.connecting, "writable", .handshake, .handshaking, isTLS: true) { $0.ready(.writable) },
        Row(.connecting, "not yet writable", .none, .connecting) { $0.ready(.readable) },
        Row(.connecting, "refused", .noteRefusal(errno: 111), .connecting) {
            $0.ready(.writable, errno: 111)
        },
        Row(.connecting, "failed without a reason", .noteRefusal(errno: 0), .connecting) {
            $0.ready(Interest(rawValue: Interest.writable.rawValue | Interest.failed.rawValue))
        },
        Row(.connecting, "the address was refused", .connect, .connecting) { $0.attemptFailed() },
        Row(.connecting, "no address is left", .fail(.unreachable), .connecting) { $0.addressesRanOut() },
        Row(.connecting, "its time is up, another is left", .noteSilence, .connecting) {
            $0.timedOut(at: 1_000, mayTryNext: true)
        },
        Row(.connecting, "its time is up, none is left", .fail(.connectingTimedOut), .connecting) {
            $0.timedOut(at: 1_000, mayTryNext: false)
        },
        Row(.connecting, "the call's time is up", .fail(.connectingTimedOut), .connecting) {
            $0.timedOut(at: end, mayTryNext: true)
        },
        Row(.connecting, "a late look-up", .none, .connecting) { $0.resolved() },
        Row(.connecting, "a late failure to look up", .none, .connecting) { $0.resolveFailed(isLate: true) },
        Row(.handshaking, "ready", .handshake, .handshaking, isTLS: true) { $0.ready(.readable) },
        Row(.handshaking, "done", .begin, .idle, isTLS: true) { $0.handshook() },
        Row(.handshaking, "time is up", .fail(.connectingTimedOut), .handshaking, isTLS: true) {
            $0.timedOut(at: 1_000, mayTryNext: true)
        },
        Row(.connected, "the call is put on it", .write, .busy) {
            $0.begin(.init(messageBytes: 10, responseBytesMax: 10, deadline: end), acknowledged: 0)
        },
        Row(.connected, "a call of no bytes", .none, .busy) {
            $0.begin(.init(messageBytes: 0, responseBytesMax: 10, deadline: end), acknowledged: 0)
        },
    ]

    private static let sending = [
        Row(.unsent, "a part was written", .write, .busy) { $0.wrote(9) },
        Row(.unsent, "all was written", .none, .busy) { $0.wrote(10) },
        Row(.unsent, "the kernel is full", .none, .busy) { $0.writeBlocked() },
        Row(.unsent, "writing fails at the first byte", .lookAtLoss, .busy) { $0.writeFailed() },
        Row(.halfSent, "writing fails", .read, .busy) { $0.writeFailed() },
        Row(.halfSent, "writing failed and nothing is to be read", .lookAtLoss, .busy) {
            _ = $0.writeFailed()
            return $0.drained()
        },
        Row(.halfSent, "writing failed, and it may be written again", .none, .busy) {
            _ = $0.writeFailed()
            return $0.ready(.writable)
        },
        Row(.halfSent, "writable", .write, .busy) { $0.ready(.writable) },
        Row(.halfSent, "readable", .read, .busy) { $0.ready(.readable) },
        Row(.halfSent, "writable and readable, then written", .read, .busy) {
            #expect($0.ready(Interest(rawValue: 0x5)) == .write)
            return $0.wrote(6)
        },
        Row(.halfSent, "writable and readable, then blocked", .read, .busy) {
            #expect($0.ready(Interest(rawValue: 0x5)) == .write)
            return $0.writeBlocked()
        },
        Row(.halfSent, "writable alone, then written", .none, .busy) {
            #expect($0.ready(.writable) == .write)
            return $0.wrote(6)
        },
        Row(.sent, "writable", .none, .busy) { $0.ready(.writable) },
        Row(.sent, "readable", .read, .busy) { $0.ready(.readable) },
        Row(.sent, "the peer closed", .read, .busy) { $0.ready(.peerClosed) },
        Row(.sent, "broken", .read, .busy) { $0.ready(.broken) },
        Row(.sent, "nothing to read", .none, .busy) { $0.drained() },
        Row(.sent, "the end before a head", .lookAtLoss, .busy) { $0.ended() },
        Row(.sent, "reading fails", .lookAtLoss, .busy) { $0.readFailed() },
        Row(.sent, "time is up", .fail(.respondingTimedOut), .busy) {
            $0.timedOut(at: end, mayTryNext: true)
        },
        Row(.sent, "its reader wants more", .read, .busy) { $0.resumed() },
        Row(.sent, "TLS: readable", .read, .busy, isTLS: true) { $0.ready(.readable) },
    ]

    private static let losing = [
        Row(.unsent, "the first call, nothing sent", .fail(.closedUntouched), .busy) { $0.lost(loss(0)) },
        Row(.sent, "the first call", .fail(.closedEarly), .busy) { $0.lost(loss(11)) },
        Row(.sent, "the first call, nothing acknowledged", .fail(.closedUntouched), .busy) {
            $0.lost(loss(1))
        },
        Row(.answered, "a part of the response was there", .fail(.closedEarly), .busy) { $0.lost(loss(1)) },
        Row(.again, "nothing sent", .retry, .busy) { $0.lost(loss(11)) },
        Row(.again, "nothing sent, after a reset", .retry, .busy) { $0.lost(loss(11, reset: true)) },
        Row(.again, "sent and not acknowledged", .retry, .busy) {
            _ = $0.wrote(10)
            return $0.lost(loss(11))
        },
        Row(.again, "sent and acknowledged", .fail(.closedEarly), .busy) {
            _ = $0.wrote(10)
            return $0.lost(loss(12))
        },
        Row(.again, "sent, then a reset", .fail(.closedEarly), .busy) {
            _ = $0.wrote(10)
            return $0.lost(loss(11, reset: true))
        },
        Row(.again, "sent, what was acknowledged isn't known", .fail(.closedEarly), .busy) {
            _ = $0.wrote(10)
            return $0.lost(loss(-1))
        },
        Row(.again, "the second try", .fail(.closedUntouched), .busy) { $0.lost(loss(11, retried: true)) },
        Row(.again, "too late for another try", .fail(.closedUntouched), .busy) {
            $0.lost(loss(11, now: end))
        },
        Row(.again, "TLS: sent and not acknowledged", .retry, .busy, isTLS: true) {
            _ = $0.wrote(10)
            return $0.lost(loss(100))
        },
        Row(.again, "TLS: sent and acknowledged", .fail(.closedEarly), .busy, isTLS: true) {
            _ = $0.wrote(10)
            return $0.lost(loss(101))
        },
    ]

    private static let ending = [
        Row(.answered, "in step", .keep, .idle) { $0.completed(at: 0) },
        Row(.answered, "out of step", .close, .busy) {
            $0.isInStep = false
            return $0.completed(at: 0)
        },
        Row(.answered, "the peer has closed", .close, .busy) {
            $0.peerHasClosed = true
            return $0.completed(at: 0)
        },
        Row(.answered, "there may be more to read", .probe, .busy) {
            $0.isDrained = false
            return $0.completed(at: 0)
        },
        Row(.answered, "nothing more is there", .keep, .idle) { $0.probed(isQuiet: true, at: 0) },
        Row(.answered, "more is there", .close, .busy) { $0.probed(isQuiet: false, at: 0) },
        Row(.halfSent, "answered before it was sent whole", .close, .busy) {
            ($0.isInStep, $0.isDrained) = (true, true)
            return $0.completed(at: 0)
        },
        Row(.idle, "time is up", .close, .idle) { $0.timedOut(at: 50, mayTryNext: false) },
        Row(.idle, "bytes that nobody asked for", .close, .idle) { $0.ready(.readable) },
        Row(.idle, "the peer closed", .close, .idle) { $0.ready(.peerClosed) },
        Row(.idle, "broken", .close, .idle) { $0.ready(.broken) },
        Row(.idle, "writable", .none, .idle) { $0.ready(.writable) },
        Row(.idle, "a next call", .write, .busy) {
            $0.begin(.init(messageBytes: 10, responseBytesMax: 10, deadline: end), acknowledged: 0)
        },
        Row(.idle, "bytes, which may be a session ticket", .probe, .idle, isTLS: true) {
            $0.ready(.readable)
        },
        Row(.idle, "the peer closed", .close, .idle, isTLS: true) { $0.ready(.peerClosed) },
        Row(.idle, "it was a ticket", .none, .idle, isTLS: true) { $0.probed(isQuiet: true, at: 0) },
        Row(.idle, "it was none", .close, .idle, isTLS: true) { $0.probed(isQuiet: false, at: 0) },
        Row(.idle, "a reader wants more of a body that has ended", .none, .idle) { $0.resumed() },
        Row(.closed, "ready", .none, .closed) { $0.ready(Interest(rawValue: 0x201D)) },
        Row(.closed, "time is up", .none, .closed) { $0.timedOut(at: end, mayTryNext: true) },
        Row(.closed, "a late look-up", .none, .closed) { $0.resolved() },
        Row(.closed, "a late failure to look up", .none, .closed) { $0.resolveFailed(isLate: true) },
        Row(.closed, "a late probe", .none, .closed) { $0.probed(isQuiet: true, at: 0) },
        Row(.closed, "a reader wants more", .none, .closed) { $0.resumed() },
        Row(.closed, "answered", .none, .closed) { $0.completed(at: 0) },
        Row(.closed, "the head is told", .none, .closed) { $0.headTold() },
        Row(.closed, "a piece is passed on", .none, .closed) { $0.passed(bodyIsFull: false) },
    ]

    /// When the timer fires after each step.
    @Test func `each phase has its deadline`() {
        var machine = ClientRig.machine()
        let call = ClientMachine.Call(messageBytes: 1, responseBytesMax: 1, deadline: 5_000)
        #expect(machine.takeTimer() == nil)
        _ = machine.open(for: call)
        #expect(machine.takeTimer() == 5_000)
        #expect(machine.takeTimer() == nil)
        _ = machine.attemptBegan(at: 100)
        #expect(machine.takeTimer() == 100 + ClientRig.attemptNs)
        _ = machine.attemptFailed()
        _ = machine.attemptBegan(at: 4_500)
        #expect(machine.takeTimer() == 5_000, "the call's own end comes first")
        _ = machine.ready(.writable)
        _ = machine.begin(call, acknowledged: 0)
        #expect(machine.takeTimer() == 5_000)
        _ = machine.wrote(1)
        #expect(machine.takeTimer() == nil)
        (machine.isInStep, machine.isDrained) = (true, true)
        #expect(machine.completed(at: 600) == .keep)
        #expect(machine.takeTimer() == 600 + ClientRig.idleNs)
        machine.close()
        #expect(machine.takeTimer() == nil)
    }

    /// Over TLS the handshake keeps the deadline of its address.
    @Test func `a handshake has the time that its address has`() {
        var machine = ClientRig.machine(isTLS: true)
        _ = machine.open(for: .init(messageBytes: 1, responseBytesMax: 1, deadline: 5_000))
        _ = machine.attemptBegan(at: 0)
        _ = machine.takeTimer()
        _ = machine.ready(.writable)
        #expect(machine.phase == .handshaking)
        #expect(machine.takeTimer() == nil)
        #expect(machine.timerEndsAt == ClientRig.attemptNs)
    }
}
