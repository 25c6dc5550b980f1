import Bytes
import EventLoop
import HTTP

@testable import HTTPServer

/// Drives a `ServerMachine` without a socket: the kernel is an array of bytes, and the handler answers at once or later.
struct ServerRig: ~Copyable {
    typealias Action = ServerMachine.Action

    /// What the budget says to a claim.
    enum Room { case taken, later, never }

    static let payer = BufferPayer.peer(1)

    var machine: ServerMachine
    let budget: BufferBudget
    /// What the kernel holds for the next reads, piece by piece.
    var pieces: [[UInt8]] = []
    /// What reads tell once there is no piece left.
    var peerHasEnded = false
    var room = Room.taken
    /// Requests are answered while the handler is called.
    var answersAtOnce = true
    /// The handler asks for the next piece of a body as soon as it may.
    var asksAtOnce = true
    /// Nothing that is written is taken.
    var kernelIsFull = false
    var verdict: (most: Int, payer: BufferPayer?) = (.max, nil)
    private(set) var log: [Action] = []
    /// Each request that the handler got: its first line and its body.
    private(set) var requests: [String] = []
    /// What came of the body that is read in pieces, with the first line before it.
    private(set) var partial = ""
    private(set) var brokenBodies: [BodyBroken] = []
    /// The request that waits for an answer, whose bytes stay charged.
    private(set) var claim: BufferClaim?
    /// A place in the budget's queue.
    private(set) var waitsFor: Int?

    init(
        isTLS: Bool = false,
        givesPieces: Bool = false,
        budget: BufferBudget = BufferBudget(bytesMax: 64 << 20)
    ) {
        machine = Self.machine(isTLS: isTLS, givesPieces: givesPieces)
        self.budget = budget
    }

    /// A machine that nobody has told anything. Bodies have 1,000,000 bytes at most, heads 20,000.
    static func machine(isTLS: Bool = false, givesPieces: Bool = false) -> ServerMachine {
        var configuration = ServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.headBytesMax = 20_000
        configuration.bodyBytesMax = 1_000_000
        configuration.lingerBytesMax = 1000
        configuration.givesChunksInPieces = givesPieces
        return ServerMachine(
            limits: ConnectionLimits(configuration),
            buffers: BufferPool(),
            peerPayer: payer,
            isTLS: isTLS
        )
    }

    /// A claim whose bytes were taken from the budget.
    func claims(_ bytes: Int, for payer: BufferPayer) -> BufferClaim? {
        budget.take(bytes, for: payer) ? BufferClaim(budget, payer, holding: bytes) : nil
    }

    /// Does what a driver would; stops at what closes, refuses, writes or waits.
    @discardableResult
    mutating func run(_ first: Action) -> Action {
        var action = first
        while true {
            log.append(action)
            switch action {
            case .read: action = read()
            case .claim(let bytes): action = claim(bytes)
            case .screen: action = machine.proceed(bodyBytesMax: verdict.most, payer: verdict.payer)
            case .sendContinue:
                write()
                action = machine.continueSent()
            case .serve(let restBytes): action = serve(restBytes)
            case .serveHead: action = serveHead()
            case .readPiece: action = read()
            case .givePiece: action = givePiece()
            case .failBody(let why):
                brokenBodies.append(why)
                action = .none
            case .complete: action = complete()
            case .giveWay: action = machine.turnCame()
            default: return action
            }
        }
    }

    private mutating func read() -> Action {
        guard !pieces.isEmpty else { return peerHasEnded ? machine.ended() : machine.drained() }
        var piece = pieces.removeFirst()
        let count = machine.withRoom { room in
            let count = min(room.count, piece.count)
            room.copyMemory(from: piece.withUnsafeBytes { .init(rebasing: $0[..<count]) })
            return count
        }
        piece.removeFirst(count)
        if !piece.isEmpty { pieces.insert(piece, at: 0) }
        return machine.phase == .readingPiece ? machine.pieceReceived(count) : machine.received(count)
    }

    private mutating func claim(_ bytes: Int) -> Action {
        switch room {
        case .taken: return claims(bytes, for: machine.claimant).map { machine.roomTaken($0) } ?? .none
        case .later:
            waitsFor = bytes
            return machine.roomIsAwaited()
        case .never: return machine.roomNeverComes()
        }
    }

    /// The budget has room at last.
    mutating func roomComes() -> Action {
        guard let bytes = waitsFor, let claim = claims(bytes, for: machine.claimant) else { return .none }
        waitsFor = nil
        return machine.roomCame(claim)
    }

    private mutating func serve(_ restBytes: Int) -> Action {
        claim = machine.takeClaim()
        let room = restBytes > 0 ? claims(restBytes, for: machine.peerPayer) : nil
        let request = machine.takeRequest(peer: "", restRoom: room)
        let line = request.bytes[..<request.head.path.upperBound]
        let text = line + [UInt8(ascii: "|")] + request.bytes[request.body]
        requests.append(String(decoding: text, as: UTF8.self))
        if answersAtOnce { run(answer()) }
        return machine.handlerReturned()
    }

    private mutating func serveHead() -> Action {
        let head = machine.takeHead(peer: "")
        partial = String(decoding: head.bytes[..<head.head.path.upperBound], as: UTF8.self) + "|"
        if asksAtOnce { run(machine.pieceWanted()) }
        return machine.handlerReturned()
    }

    private mutating func givePiece() -> Action {
        let (piece, isLast) = machine.takePiece()
        partial += piece.text
        if isLast { requests.append(partial) }
        let next = machine.pieceTaken()
        guard next == .none else { return next }
        if isLast { return answersAtOnce ? answer() : .none }
        return asksAtOnce ? machine.pieceWanted() : .none
    }

    private mutating func complete() -> Action {
        claim = nil
        return machine.answered()
    }

    /// The handler answers a request that it was given earlier.
    mutating func answer() -> Action {
        guard machine.answers() else { return .none }
        write()
        return machine.answerWritten()
    }

    /// Something is written.
    mutating func write() {
        if kernelIsFull, !machine.outputIsPending { machine.outputStalled() }
    }

    /// The connection answers by itself.
    mutating func answerAlone() -> Action {
        waitsFor = nil
        machine.answersAlone(isHead: false)
        write()
        return machine.answerWritten()
    }

    mutating func close() {
        waitsFor = nil
        machine.close()
        claim = nil
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
}
