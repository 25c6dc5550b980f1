import Bytes
import Crypto
import HTTP
import HTTPServer

/// The answer of one invocation to an invoker that reads a stream. Loop thread only.
///
/// Sent at the pace at which the invoker reads. When it has gone, everything is dropped, and the function runs on.
final class StreamedAnswer {
    /// What an answer that wasn't streamed is cut into.
    private static let chunkBytesMax = 64 * 1024

    private let exchange: Exchange
    private let fields: [ResponseField]
    private let wantsLog: Bool
    private var stream: ResponseStream?

    init(to exchange: Exchange, fields: [ResponseField], wantsLog: Bool) {
        self.exchange = exchange
        self.fields = fields
        self.wantsLog = wantsLog
    }

    /// Whether the status was sent.
    var hasBegun: Bool { stream != nil }

    /// Sends the status and the fields, once.
    func begin() { _ = begun() }

    private func begun() -> ResponseStream {
        if let stream { return stream }
        let made = exchange.startStream(contentType: .other(EventStream.contentType), fields: fields)
        stream = made
        exchange.releaseRequest()
        return made
    }

    /// Sends a piece, and returns when the invoker's kernel has it, or the invoker has gone.
    func write(_ piece: ByteBuffer) async {
        let stream = begun()
        guard !stream.isClosed else { return }
        var message = ByteBuffer(capacity: piece.count + 128)
        EventStream.appendChunk(piece.bytes.span, to: &message)
        try? await stream.write(message)  // the invoker has gone: nobody wants the rest
    }

    /// Ends the answer: sends what wasn't streamed of it, and how it went.
    func end(_ outcome: InvocationOutcome, requestID: String) async {
        var failure: EventStream.Failure?
        if let error = outcome.error {
            failure = .init(code: error.errorType, details: error.message(requestID: requestID))
        } else if outcome.isFunctionError {
            failure = .init(code: "Unhandled", details: outcome.payload.text)
        } else {
            await writeInChunks(outcome.payload.bytes)
        }
        var last = ByteBuffer()
        let log = wantsLog ? Base64.standard.encode(outcome.logTail) : nil
        EventStream.appendComplete(failure, log: log, to: &last)
        begun().end(with: last)
    }

    /// Ends an answer that has begun with a failure of the service.
    func end(_ error: ServiceError) {
        var last = ByteBuffer()
        EventStream.appendError(error.code, error.message, to: &last)
        begun().end(with: last)
    }

    private func writeInChunks(_ payload: [UInt8]) async {
        var start = 0
        while start < payload.count {
            let end = min(start + Self.chunkBytesMax, payload.count)
            await write(ByteBuffer(payload, start..<end))
            start = end
        }
    }
}
