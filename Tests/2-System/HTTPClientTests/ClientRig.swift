import Bytes
import EventLoop
import HTTP

@testable import HTTPClient

/// Drives a `ClientMachine` without a socket: the kernel is an array of bytes.
struct ClientRig: ~Copyable {
    typealias Action = ClientMachine.Action

    static let callEnd: UInt64 = 1_000_000
    static let attemptNs: UInt64 = 1_000
    static let idleNs: UInt64 = 50

    var machine: ClientMachine
    var call: ClientMachine.Call
    /// What the kernel holds for the next reads, piece by piece.
    var pieces: [[UInt8]] = []
    /// What reads tell once there is no piece left.
    var atEnd = Action.none
    private(set) var log: [Action] = []
    private(set) var streamed: [UInt8] = []
    private(set) var response: ClientResponse?
    private(set) var toldStatus: Int?
    /// What a reader of the body has not taken.
    var bodyIsFull = false

    init(
        isTLS: Bool = false,
        isStreamed: Bool = false,
        isHead: Bool = false,
        bytesMax: Int = 1 << 20,
        headBytesMax: Int = 4096
    ) {
        machine = Self.machine(isTLS: isTLS, headBytesMax: headBytesMax)
        call = ClientMachine.Call(
            messageBytes: 10,
            responseBytesMax: bytesMax,
            deadline: Self.callEnd,
            isHead: isHead,
            isStreamed: isStreamed
        )
    }

    /// A machine that nobody has told anything.
    static func machine(isTLS: Bool = false, headBytesMax: Int = 4096) -> ClientMachine {
        ClientMachine(
            buffers: BufferPool(),
            isTLS: isTLS,
            headBytesMax: headBytesMax,
            connectTimeoutNs: attemptNs,
            idleNs: idleNs
        )
    }

    /// The connection carries the call, of which `sent` bytes are on the wire.
    mutating func start(sent: Int = 10) {
        _ = machine.open(for: call)
        _ = machine.resolved()
        _ = machine.attemptBegan(at: 0)
        _ = machine.ready(.writable)
        if machine.isTLS { _ = machine.handshook() }
        _ = machine.begin(call, acknowledged: 0)
        if sent > 0 { _ = machine.wrote(sent) }
    }

    /// Does what a driver would with reads and deliveries; stops at every other action.
    @discardableResult
    mutating func run(_ first: Action) -> Action {
        var action = first
        while true {
            log.append(action)
            switch action {
            case .read:
                guard !pieces.isEmpty else { return finishReads() }
                var piece = pieces.removeFirst()
                let count = machine.buffer.withRoom(atMost: .max) { room in
                    let count = min(room.count, piece.count)
                    room.copyMemory(from: piece.withUnsafeBytes { .init(rebasing: $0[..<count]) })
                    return count
                }
                piece.removeFirst(count)
                if !piece.isEmpty { pieces.insert(piece, at: 0) }
                action = machine.received(count)
            case .tellHead:
                toldStatus = machine.headAlone().status
                action = machine.headTold()
            case .pass:
                let piece = machine.piece
                machine.buffer.withBytes { bytes in streamed += piece.map { bytes[$0] } }
                action = machine.passed(bodyIsFull: bodyIsFull)
            case .deliver:
                response = machine.takeResponse()
                action = machine.completed(at: 0)
            default: return action
            }
        }
    }

    private mutating func finishReads() -> Action {
        switch atEnd {
        case .none: machine.drained()
        case .close: run(machine.ended())
        default: machine.readFailed()
        }
    }

    /// Lets the pieces arrive one by one, each with an event of its own.
    mutating func receive(_ arriving: [[UInt8]]) -> Action {
        var last = Action.none
        for piece in arriving where !piece.isEmpty {
            pieces = [piece]
            while !pieces.isEmpty {
                last = run(machine.ready(.readable))
                guard last == .none else { return last }
            }
        }
        return last
    }

    var body: String { response.map { String(decoding: $0.bytes[$0.body], as: UTF8.self) } ?? "" }
}
