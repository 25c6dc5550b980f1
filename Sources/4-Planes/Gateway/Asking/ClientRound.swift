import Bytes
import EventLoop
import MCP
import Policy

/// One round of questions to a legacy client: goes on until all are answered, or until it is clear that they won't be. Loop thread only.
///
/// It and its call keep each other until the round ends, which it does within its bound of time.
final class ClientRound: CancellableWork {
    /// How a round ends.
    enum End {
        /// With the object `inputResponses`.
        case answered([UInt8])
        /// The client declined, or answered with what can't be handed on; the text is a sentence.
        case failed(String)
        case tooLate
        /// The client has gone, or has cancelled the call.
        case abandoned
        /// The session or the credential has ended.
        case revoked
        case draining
    }

    /// nil once the round has ended: who drops the round last, on whatever thread, must not free the call.
    private var call: ToolCall?
    let session: AskableSession
    private let questions: ClientQuestions
    private let keys: [[UInt8]]
    private let methods: [String]
    private var ids: [String] = []
    private var answers: [[UInt8]?]
    /// What counts in the sum of all rounds: the keys and the function's state, and the bytes of the answers so far.
    private let keptBytes: Int
    private var bytes = 0
    private var hasBegun = false
    private let timer = LoopTimer()
    /// Runs while the client is gone.
    private let grace = LoopTimer()

    init(_ asked: InputQuestions, of call: ToolCall, in session: AskableSession) {
        self.call = call
        self.session = session
        questions = call.endpoint.questions
        keys = asked.keys
        methods = (0..<asked.count).map { asked.method(of: $0) }
        answers = Array(repeating: nil, count: asked.count)
        keptBytes = asked.keys.reduce(asked.state.count) { $0 + $1.count }
    }

    /// Sends the questions, and waits.
    /// - Throws: when there is no place for them; nothing was sent then.
    func begin(_ asked: InputQuestions, by events: CallEvents, timeoutMs: Int) throws(ClientQuestions.Refusal)
    {
        guard let call else { return }
        guard !call.endpoint.rounds.isDraining else { return end(.draining) }
        let loop = call.endpoint.loop
        guard questions.hold(bytes: keptBytes) else { throw .all }
        do throws(ClientQuestions.Refusal) {
            ids = try questions.open(asked.count, of: LoopBound(self, on: loop), in: session.mark.code)
        } catch {
            questions.release(bytes: keptBytes)
            throw error
        }
        hasBegun = true
        call.endpoint.rounds.add(self)
        timer.action = { [weak self] in self?.end(.tooLate) }
        loop.arm(timer, afterNs: UInt64(clamping: timeoutMs) &* 1_000_000)
        for (index, id) in ids.enumerated() {
            var message = ByteBuffer(capacity: 256)
            asked.appendRequest(index, id: id, to: &message)
            events.send(message)
        }
        guard call.cancellation?.attach(self) != false else { return end(.abandoned) }
        events.onGone = { [weak self] in self?.clientLeft() }
        events.onBack = { [weak self] in self?.clientCameBack() }
        if events.isClosed { clientLeft() }
    }

    /// The client is gone. One that can come back has a little time to do so.
    private func clientLeft() {
        guard let call, call.extras?.events?.isResumable == true else { return end(.abandoned) }
        grace.action = { [weak self] in self?.end(.abandoned) }
        call.endpoint.loop.arm(grace, after: call.endpoint.rounds.absenceMax)
    }

    private func clientCameBack() { call?.endpoint.loop.disarm(grace) }

    /// The client has answered; the question is in the table no more.
    func answered(_ index: Int, _ answer: ClientAnswer) {
        guard call != nil, answers[index] == nil else { return }
        switch answer {
        case .result(let result):
            guard bytes + result.count <= ClientQuestions.callBytesMax else {
                return end(.failed("The client's answers are larger than 6 MiB together."))
            }
            guard questions.hold(bytes: result.count) else {
                return end(.failed("Too many answers of clients wait for others; call again later."))
            }
            bytes += result.count
            answers[index] = result
            if !answers.contains(nil) {
                end(.answered(InputQuestions.responses(keys, answers.map { $0 ?? [] })))
            }
        case .error(let code, let text):
            answers[index] = []
            let said = text.isEmpty ? "" : ": \(text)"
            end(.failed("The client answered \(methods[index]) with the error \(code)\(said)."))
        case .unusable(let why):
            answers[index] = []
            end(.failed("The client's answer to \(methods[index]) can't be used: \(why)."))
        }
    }

    /// Ends the round if its caller may not go on by that state.
    func check(_ state: GatewayState) {
        guard let call else { return }
        if state.snapshot.endedSessions.contains(session.mark)
            || call.endpoint.present(call.request.caller) == nil
        {
            end(.revoked)
        }
    }

    func cancel() { end(.abandoned) }

    func end(_ reason: End) {
        guard let call else { return }
        self.call = nil
        let endpoint = call.endpoint
        endpoint.loop.disarm(timer)
        timer.action = nil
        endpoint.rounds.remove(self)
        if hasBegun { questions.release(bytes: keptBytes + bytes) }
        call.cancellation?.detach(self)
        let events = call.extras?.events
        endpoint.loop.disarm(grace)
        grace.action = nil
        events?.onGone = nil
        events?.onBack = nil
        for (id, answer) in zip(ids, answers) where answer == nil {
            questions.take(id, of: session.mark.code)
            var message = ByteBuffer(capacity: 160)
            InputQuestions.appendCancellation(of: id, "The call has ended.", to: &message)
            events?.send(message)
        }
        call.ended(self, reason)
    }
}

/// The rounds of one loop that wait for their clients. Loop thread only.
final class ClientRounds {
    private var waiting: [ObjectIdentifier: ClientRound] = [:]
    /// Whether the server drains: nobody is asked any more.
    private(set) var isDraining = false
    /// How long a client that can come back may be gone while it is asked; another one in tests.
    var absenceMax = Duration.seconds(60)

    var count: Int { waiting.count }

    func add(_ round: ClientRound) { waiting[ObjectIdentifier(round)] = round }

    func remove(_ round: ClientRound) { waiting[ObjectIdentifier(round)] = nil }

    /// Ends all rounds, because the server drains, and those that would begin later.
    func drain() {
        isDraining = true
        for round in Array(waiting.values) { round.end(.draining) }
    }

    /// Ends the rounds whose session or credential has ended.
    func adopt(_ state: GatewayState) {
        guard !waiting.isEmpty else { return }
        for round in Array(waiting.values) { round.check(state) }
    }
}
