import EventLoop
import HTTP
import Sockets

/// One client connection: reads requests one after the other, hands each to the handler, writes its answer.
///
/// The driver of a `ServerMachine`: it owns the socket, the watch on it, the timer, the bytes that wait to be written, and
/// the exchange under way; it does what the machine says, and tells it the outcome. It decides nothing. Loop thread only.
final class Connection: PollSink {
    let loop: EventLoop
    let listener: Listener
    let socket: StreamSocket
    let peer: String
    let address: IPAddress?
    private var box: SinkBox?
    private let timer = LoopTimer()
    var machine: ServerMachine
    /// The place in the budget's queue, while room is waited for; see Connection+Reading.swift.
    var wait: RoomWait?
    var current: Exchange?
    var stream: ResponseStream?
    /// The body that is read piece by piece; see Connection+Pieces.swift.
    var body: RequestBody?

    // Of writing; see Connection+Writing.swift.
    var pending: [UInt8] = []
    var pendingStart = 0
    /// Since when the client hasn't taken all, on the loop's clock.
    var pendingSinceNs: UInt64 = 0
    /// The budget's account of `pending`.
    var unread: BufferLedger.Ticket?

    init(socket: StreamSocket, listener: Listener, peer: String, address: IPAddress?) {
        self.socket = socket
        self.listener = listener
        self.peer = peer
        self.address = address
        loop = listener.loop
        machine = ServerMachine(
            limits: listener.limits,
            buffers: listener.buffers,
            peerPayer: .peer(address?.group ?? 0),
            isTLS: socket.isTLS
        )
    }

    /// False when the descriptor cannot be watched.
    func start() -> Bool {
        timer.action = { [unowned self] in perform(machine.timedOut()) }  // cleared by close()
        box = try? loop.watch(socket.fd, .connection, self)  // refused only when the kernel is out of memory
        guard box != nil else { return false }
        setTimer()
        return true
    }

    // MARK: Events

    func ready(_ events: Interest) { perform(machine.ready(events)) }

    /// Lets the request in hand finish and ends the rest. A request that is already in the kernel counts as in hand.
    func drain() {
        perform(machine.drain())
        perform(machine.drainGoesOn())
    }

    // MARK: Actions

    /// Does what the machine says until it wants to wait.
    ///
    /// An answer that the handler gives at once comes here again; the machine has it wait for the handler's return.
    func perform(_ first: ServerMachine.Action) {
        var action = first
        while true {
            switch action {
            case .none: return setTimer()
            case .read: action = read()
            case .serve(let restBytes): action = serve(restBytes: restBytes)
            case .complete: action = complete()
            default: action = performSeldom(action)
            }
        }
    }

    /// What most requests don't need.
    @inline(never)
    private func performSeldom(_ action: ServerMachine.Action) -> ServerMachine.Action {
        switch action {
        case .none, .read, .serve, .complete: return action
        case .handshake: return handshake()
        case .claim(let bytes): return claim(bytes)
        case .screen: return screen()
        case .sendContinue:
            sendContinue()
            return machine.continueSent()
        case .serveHead: return serveHead()
        case .readPiece: return readPiece()
        case .givePiece: return givePiece()
        case .failBody(let why): body?.fail(why)
        case .flush:
            flush()
            return machine.flushEnded()
        case .discard: return discard()
        case .finishWriting:
            dropBody(.closed)
            socket.finishWriting()
            return machine.writingFinished()
        case .giveWay: LoopBound(self, on: loop).execute { $0.perform($0.machine.turnCame()) }
        case .streamFlushed: stream?.flushed()
        case .drainStream: stream?.drain()
        case .refuse(let status): refuse(status)
        case .refuseForRoom: refuseForRoom()
        case .refusePlainHTTP: refuse(400, Self.plainHTTP)
        case .closeForRoom:
            listener.budget.countRefusal()
            close()
        case .gone: gone()
        case .close: close()
        }
        return .none
    }

    private func handshake() -> ServerMachine.Action {
        switch socket.handshake() {
        case .moved: machine.handshook()
        case .wouldBlock: .none
        case .ended: machine.handshakeFailed(speaksPlainHTTP: false)
        case .failed: machine.handshakeFailed(speaksPlainHTTP: socket.speaksPlainHTTP)
        }
    }

    /// Sets the timer if the machine's deadline is another one.
    func setTimer() {
        guard machine.takeDeadline() else { return }
        if machine.deadline == .none {
            loop.disarm(timer)
        } else {
            loop.arm(timer, afterNs: machine.delayNs)
        }
    }

    // MARK: Refusing

    /// Answers a request that reached no handler (malformed, slow, one too many), then closes.
    private func refuse(_ status: Int, _ text: String? = nil) {
        answerAlone(Self.refusal(status, text), isHead: false)
    }

    private static func refusal(_ status: Int, _ text: String? = nil) -> Response {
        let fields = status == 503 ? [ResponseField("Retry-After", "1")] : []
        return .text(status, text ?? "\(reasonPhrase(status))\n", fields: fields)
    }

    private static let plainHTTP =
        "400 Bad Request: plain HTTP was sent to a port that speaks HTTPS; use https:// in the URL\n"
    private static let noRoom =
        "503 Service Unavailable: too much is being sent to this server; try again later\n"
    private static let tooMany =
        "503 Service Unavailable: too many connections are open; close some, or try again later\n"

    /// There was no room in time, or there never will be.
    private func refuseForRoom() {
        listener.budget.countRefusal()
        refuse(503, Self.noRoom)
    }

    /// Answers whatever comes with 503, then closes.
    func refuseAsTooMany() { refuse(503, Self.tooMany) }

    /// The same for a connection that was never started, without waiting for anything.
    func refuseInPassing() {
        var waste = InlineArray<4096, UInt8>(repeating: 0)
        var span = waste.mutableSpan
        // What is read doesn't make the kernel answer the close with a reset.
        _ = span.withUnsafeMutableBytes { socket.read(into: $0) }
        machine.answersAlone(isHead: false)
        write(Self.refusal(503, Self.tooMany))
        if machine.phase != .closed { socket.finishWriting() }
        close()
    }

    /// Answers a request that reaches no handler, then closes.
    func answerAlone(_ response: Response, isHead: Bool) {
        leaveQueue()
        machine.answersAlone(isHead: isHead)
        write(response)
        perform(machine.answerWritten())
    }

    // MARK: Ending

    /// The client is not there any more, or never took its answer.
    func gone() {
        // A stream is closed before anybody hears that its client is gone; it tells its exchange itself.
        stream?.fail()
        current?.disconnected()
        close()
    }

    func close() {
        guard machine.phase != .closed else { return }
        machine.close()
        loop.disarm(timer)
        timer.action = nil
        if let box { loop.unwatch(socket.fd, box) }
        socket.close()
        leaveQueue()
        dropPending()
        dropBody(.closed)
        stream?.fail()
        stream = nil
        current?.disconnected()
        current = nil
        listener.closed(self)
    }

    /// The budget's call: others need the room that this connection's unread answer takes.
    func giveUpAnswer(_ ticket: BufferLedger.Ticket) {
        guard unread == ticket else { return }
        listener.budget.countClosed()
        gone()
    }

    private func discard() -> ServerMachine.Action {
        var waste = InlineArray<16_384, UInt8>(repeating: 0)
        var span = waste.mutableSpan
        var action = ServerMachine.Action.discard
        while action == .discard {
            action =
                switch span.withUnsafeMutableBytes({ socket.read(into: $0) }) {
                case .moved(let count): machine.discarded(count)
                case .wouldBlock: machine.drained()
                case .ended, .failed: machine.ended()
                }
        }
        return action
    }
}
