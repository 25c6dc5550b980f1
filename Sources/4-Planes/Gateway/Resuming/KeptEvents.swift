import Bytes
import EventLoop
import MCP

/// What is kept of one call's stream of events, so that a client whose connection broke gets the rest on another one. On the loop
/// of the call.
///
/// Kept are the latest events, the result among them, until a minute after it. What the client that has come back doesn't take
/// isn't taken from the function either.
final class KeptEvents {
    /// What a client that has come back gets next.
    enum Piece: Sendable {
        /// Whole events.
        case events(ByteBuffer, last: Int, isEnd: Bool)
        /// Nothing more: the stream has ended.
        case end
        /// What it asks for is kept no more: the last event says so in the place of the call's result.
        case lost(ByteBuffer)
    }

    private struct Event {
        let number: Int
        let bytes: ByteBuffer
    }

    /// The most bytes of the events before the result.
    static let bytesMax = 256 << 10
    /// How long the events are kept after the end.
    static let keptFor = Duration.seconds(60)

    private let name: ResumableStreams.Name
    private let holderID: Int64
    private let streams: ResumableStreams
    /// The raw id of the call's request.
    private let requestID: [UInt8]
    private let loop: EventLoop
    private let timer = LoopTimer()
    private var events: [Event] = []
    private var bytes = 0
    private var lastNumber = 0
    private var hasEnded = false
    private var reader: (stream: LoopBound<ResumedStream>, id: ObjectIdentifier)?
    /// The event up to which the reader has taken all; set while it has one.
    private var taken = 0
    /// Whether the reader waits for the next event.
    private var isWanted = false
    /// The event up to which it has been given all; it may still be taking the last of them.
    private var given = 0
    /// Whether what it was given last isn't kept.
    private var hasUnkept = false
    /// The next event for it, which can't be kept either, while it takes the one before.
    private var spare: Event?
    private let spareBytes: StreamedBytes

    /// Called when a client has come back, in place of the one before.
    var onBack: (() -> Void)?
    /// Called when the client that had come back goes away again.
    var onGone: (() -> Void)?
    /// Called when it has taken something.
    var onReady: (() -> Void)?

    init(
        _ name: ResumableStreams.Name,
        of holderID: Int64,
        requestID: [UInt8],
        in streams: ResumableStreams,
        sparing spareBytes: StreamedBytes,
        on loop: EventLoop
    ) {
        self.spareBytes = spareBytes
        self.name = name
        self.requestID = requestID
        self.holderID = holderID
        self.streams = streams
        self.loop = loop
    }

    /// Whether a client that has come back reads.
    var hasReader: Bool { reader != nil }

    /// Whether that client has still to be given something, or to take what isn't kept.
    var isBehind: Bool { hasReader && !isWanted && (hasUnkept || given < lastNumber) }

    /// The id of the next event.
    var nextID: EventID { EventID(stream: name.stream, number: lastNumber + 1) }

    /// Keeps an event that has that id, and passes it on to a client that has come back.
    func add(_ event: ByteBuffer, isEnd: Bool = false) {
        // A reader that has all so far gets it, even if it can't be kept.
        let isNext = hasReader && given == lastNumber
        lastNumber += 1
        // The result may be larger than the rest.
        while bytes + (isEnd ? 0 : event.count) > Self.bytesMax, droppable > 0 { drop(1) }
        var isHeld = isEnd || event.count <= Self.bytesMax
        if isHeld, !streams.hold(event.count, of: holderID) {
            drop(droppable)
            isHeld = streams.hold(event.count, of: holderID)
        }
        if isHeld {
            events.append(Event(number: lastNumber, bytes: event))
            bytes += event.count
        } else {
            drop(events.count)
        }
        if isEnd { finish() }
        if isNext, !isHeld { spareForReader(Event(number: lastNumber, bytes: event)) }
        serve()
    }

    /// How many events may go: the earliest, but none that a reader has still to be given. So a reader holds no more than what
    /// `ResumableStreams` has room for.
    private var droppable: Int {
        hasReader ? events.prefix { $0.number <= given }.count : events.count
    }

    private func spareForReader(_ event: Event) {
        guard spare == nil, spareBytes.change(from: 0, to: event.bytes.count) else { return }
        spare = event
    }

    private func dropSpare() {
        _ = spareBytes.change(from: spare?.bytes.count ?? 0, to: 0)
        spare = nil
    }

    /// Ends the stream without another event, after which there is nothing to come back to.
    func endWithoutEvent() {
        finish()
        serve()
    }

    private func finish() {
        hasEnded = true
        (onBack, onGone, onReady) = (nil, nil, nil)
        timer.action = { [self] in forget() }
        loop.arm(timer, after: Self.keptFor)
    }

    /// Forgets all. A client that still reads has what it has.
    private func forget() {
        timer.action = nil
        drop(events.count)
        dropSpare()
        streams.forget(name, of: holderID)
    }

    private func drop(_ count: Int) {
        guard count > 0 else { return }
        let freed = events.prefix(count).reduce(0) { $0 + $1.bytes.count }
        events.removeFirst(count)
        bytes -= freed
        streams.release(freed, of: holderID)
    }

    // MARK: The client that has come back

    /// A client wants what came after that event; an earlier one gets nothing more.
    /// - Parameter isFirst: whether its stream asks for the first time. One that was replaced, or has left, doesn't come again.
    func pull(
        _ reader: LoopBound<ResumedStream>,
        _ stream: ObjectIdentifier,
        after number: Int,
        isFirst: Bool
    ) {
        guard isFirst || self.reader?.id == stream else { return }
        if isFirst {
            self.reader?.stream.execute { $0.replaced() }
            self.reader = (reader, stream)
            dropSpare()
        }
        (taken, given) = (number, number)
        isWanted = true
        hasUnkept = false
        if isFirst { onBack?() }
        serve()
        onReady?()
    }

    func left(_ stream: ObjectIdentifier) {
        guard reader?.id == stream else { return }
        reader = nil
        isWanted = false
        dropSpare()
        onGone?()
        onReady?()
    }

    /// The end of a stream of which too much is lost. The call itself goes on.
    private var lossEvent: ByteBuffer {
        let error = RPCError(
            .internalError,
            "The call goes on or has ended, but events after that of Last-Event-ID are kept no more, so its result can't be "
                + "sent here. Look at what the call has done before you call again."
        )
        let rejection = Rejection(error, id: 0..<requestID.count, isModern: false)
        var event = ByteBuffer(capacity: 384)
        let held = requestID
        let body = rejection.body(in: held.span)
        EventStream.appendMessage(body.bytes.span, to: &event)
        return event
    }

    private func serve() {
        guard isWanted, hasReader else { return }
        let piece: Piece
        if let spare, spare.number == taken + 1 {
            hasUnkept = true
            piece = .events(spare.bytes, last: spare.number, isEnd: hasEnded && spare.number == lastNumber)
            dropSpare()
        } else if taken > lastNumber || taken < lastNumber - events.count {
            piece = .lost(lossEvent)
        } else if taken < lastNumber {
            var out = ByteBuffer()
            for event in events where event.number > taken { out.append(contentsOf: event.bytes.bytes) }
            piece = .events(out, last: lastNumber, isEnd: hasEnded)
        } else if hasEnded {
            piece = .end
        } else {
            return
        }
        isWanted = false
        if case .events(_, let last, _) = piece { given = last }
        reader?.stream.execute { $0.take(piece) }
    }
}
