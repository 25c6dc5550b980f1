import EventLoop
import Gateway
import HTTP

/// What a function streams, as the test says. One loop's thread only.
final class FakeStream: UpstreamStream, CancellableWork {
    var onChange: (() -> Void)?
    let head: UpstreamAnswer
    private var pieces: [UpstreamPiece] = []
    private(set) var isCancelled = false
    var heldBytes = 0
    var failure: UpstreamFailure? {
        if case .ended(let failure?)? = pieces.last { failure } else { nil }
    }
    /// How many pieces were taken.
    private(set) var taken = 0

    init() {
        guard case .answered(let answer) = FakeUpstream.answer("") else { preconditionFailure("it answers") }
        head = UpstreamAnswer(
            bytes: answer.bytes,
            payload: answer.payload,
            fields: answer.fields
        )
    }

    func take() -> UpstreamPiece {
        guard let first = pieces.first else { return .nothing }
        if case .ended = first { return first }
        taken += 1
        return pieces.removeFirst()
    }

    /// The call wants no more.
    func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        pieces = [
            .ended(UpstreamFailure(code: .cancelled, message: "The call was cancelled.", detail: "cancelled"))
        ]
        onChange?()
    }

    /// The function writes.
    func write(_ text: String) {
        pieces.append(.bytes(Array(text.utf8)))
        onChange?()
    }

    /// The function ends, in order or not.
    func end(_ failure: UpstreamFailure? = nil) {
        pieces.append(.ended(failure))
        onChange?()
    }
}
