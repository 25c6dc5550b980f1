import Bytes
package import HTTP
import HTTPClient
import JSON
import Crypto

/// What a function streams as its answer to a call, as it comes. One loop's thread only. Dropping it ends the exchange with
/// Lambda; the function runs on.
///
/// Source: Lambda API Reference, "InvokeWithResponseStream"
package final class InvokeStream {
    /// What has come since the last look.
    package enum Piece {
        /// A part of the payload.
        case bytes([UInt8])
        /// Nothing yet; `onChange` is called when there is more.
        case nothing
        /// The end. Only Lambda's own message about it counts as an end in order: a stream that merely stops has failed.
        case ended(Result<InvokeCompletion, LambdaError>)
    }

    /// Called on the loop when there may be more to take; not while `take` is called.
    package var onChange: (() -> Void)? {
        didSet { body?.onChange = onChange }
    }

    /// The head of Lambda's response; `fields` are ranges of it.
    package let headBytes: [UInt8]
    package let fields: HeaderFields
    private let head: ClientResponse
    private let payloadBytesMax: Int
    private var body: ResponseBody?
    private var frames = EventFrames()
    private var payloadBytes = 0
    private var end: Result<InvokeCompletion, LambdaError>?

    /// - Parameter payloadBytesMax: a stream with a larger payload fails.
    init(_ body: ResponseBody, payloadBytesMax: Int) {
        self.body = body
        self.payloadBytesMax = payloadBytesMax
        headBytes = body.headBytes
        fields = body.fields
        head = ClientResponse(
            status: body.status,
            bytes: body.headBytes,
            fields: body.fields,
            body: body.headBytes.count..<body.headBytes.count
        )
    }

    package var requestID: String? { head.requestID }
    package var executedVersion: String? { head.executedVersion }
    /// Bytes held that aren't taken yet.
    package var heldBytes: Int { frames.heldBytes }

    /// Why the stream has broken, as soon as that is known, whatever has still to be taken before it; nil for none.
    package var failure: LambdaError? {
        if case .failure(let error)? = end { return error }
        return body?.failure.map { LambdaError($0) }
    }

    /// What has come since the last call. Whoever gets `.bytes` or `.nothing` asks again; bytes that aren't asked for stay
    /// in the kernel.
    package func take() -> Piece {
        while true {
            if let end { return .ended(end) }
            do throws(EventFrames.Fault) {
                while let frame = try frames.next() {
                    if let bytes = taken(frame) { return .bytes(bytes) }
                    if let end { return .ended(end) }
                }
            } catch {
                fail(.malformedAnswer, "the stream of the answer is damaged: \(error.description)")
                continue
            }
            guard let body else { return .nothing }
            switch body.take() {
            case .bytes(let bytes): frames.append(bytes.bytes.span)
            case .nothing: return .nothing
            case .ended(.failure(let error)): finish(.failure(LambdaError(error)))
            case .ended(.success):
                fail(.interrupted, "the stream of the answer ended before Lambda said that the function had")
            }
        }
    }

    /// Ends the exchange; nothing comes after this.
    package func cancel() { finish(.failure(LambdaError(HTTPClientError.cancelled))) }

    /// Handles a message. Kinds of events that are not known are skipped, as AWS's SDKs do.
    /// - Returns: the payload's next part; nil for a message that is none.
    private func taken(_ frame: EventFrames.Frame) -> [UInt8]? {
        switch (frame.messageType, frame.name) {
        case ("event", "PayloadChunk"):
            payloadBytes += frame.payload.count
            guard payloadBytes <= payloadBytesMax else {
                fail(.tooLarge(.answer), "the function streamed more than \(payloadBytesMax) bytes")
                return nil
            }
            return frame.payload.isEmpty ? nil : frame.payload
        case ("event", "InvokeComplete"): finish(completion(frame.payload))
        case ("event", _): break
        // The function has begun, and may have done its work.
        case ("error", _): fail(.interrupted, frame.text, code: frame.name)
        case ("exception", _):
            let said = ErrorBody(answer(frame.payload))
            fail(
                .interrupted,
                said.text("message") ?? said.text("Message") ?? said.rawText,
                code: frame.name
            )
        default: fail(.malformedAnswer, "the stream of the answer has a message of an unknown type")
        }
        return nil
    }

    /// Lambda's word on how the function ended.
    private func completion(_ payload: [UInt8]) -> Result<InvokeCompletion, LambdaError> {
        let bytes = payload.span
        guard let object = try? JSON.validate(bytes), JSON.kind(bytes, at: object) == .object else {
            return .failure(
                .refused(.malformedAnswer, "the last message of the answer's stream is no JSON object")
            )
        }
        func text(_ name: StaticString) -> String? {
            JSON.member(name, of: object, in: bytes).flatMap { JSON.string(bytes, at: $0) }
        }
        let log = text("LogResult").flatMap { Base64.standard.decode($0) }
            .map { String(decoding: $0, as: UTF8.self) }
        guard let code = text("ErrorCode"), !code.isEmpty else {
            return .success(InvokeCompletion(logTail: log, requestID: requestID))
        }
        let details = Array((text("ErrorDetails") ?? "").utf8)
        return .failure(LambdaError(functionFailure: answer(details), code: code, logTail: log))
    }

    /// Bytes of a message, as if they were the body of the response.
    private func answer(_ payload: [UInt8]) -> ClientResponse {
        ClientResponse(
            status: head.status,
            bytes: headBytes + payload,
            fields: fields,
            body: headBytes.count..<headBytes.count + payload.count
        )
    }

    private func fail(_ kind: LambdaError.Kind, _ message: String, code: String = "") {
        finish(
            .failure(
                LambdaError(
                    kind: kind,
                    code: code,
                    message: message,
                    requestID: requestID,
                    status: head.status,
                    executedVersion: executedVersion
                )
            )
        )
    }

    private func finish(_ end: Result<InvokeCompletion, LambdaError>) {
        guard self.end == nil else { return }
        self.end = end
        frames = EventFrames()
        body?.onChange = nil
        if case .success = end { body?.settle(within: Self.settledWithin) }
        body = nil  // closes the connection unless the response is at its end
    }

    /// How long the end of the response may take to come behind Lambda's last message.
    private static let settledWithin = Duration.seconds(2)
}

/// What Lambda says when a function has streamed its answer to the end.
package struct InvokeCompletion: Sendable {
    /// The last 4 KB of the log, if requested.
    package let logTail: String?
    let requestID: String?

    /// Lambda's report on the invocation at the end of its log, if the log was requested.
    package var report: InvocationReport? { InvocationReport(logTail, requestID: requestID) }
}
