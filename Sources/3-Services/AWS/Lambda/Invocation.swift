import Bytes
import Calendar
import EventLoop
import HTTPClient
import SigV4

/// One call of a function: from its request to its answer, with the second attempt that a refused signature may be
/// worth. Loop thread only.
final class Invocation: ResponseReceiver, StreamedResponseReceiver, CancellableWork {
    private let client: LambdaClient
    private let function: PreparedFunction
    /// Kept for the second attempt.
    private let payload: ByteBuffer
    private let options: InvokeOptions
    private let cancellation: Cancellation?
    /// An `InvokeStreamReceiver` for an answer that is taken as it comes.
    private let receiver: any InvokeReceiver
    private var signedAt = UTCTime(epochSeconds: 0)
    private var isSecondAttempt = false
    /// How long the call waited for the first key pair; nil before that.
    private var waited: Duration?
    /// Armed while the call waits for a key pair. Only its action holds a reference to the call then, so that a call
    /// that is cancelled or out of time is freed at once with its payload, however long the search for keys lasts.
    private var patience: LoopTimer?
    private var isWaitingForFirst = false

    init(
        _ client: LambdaClient,
        _ function: PreparedFunction,
        _ payload: consuming ByteBuffer,
        _ options: consuming InvokeOptions,
        _ cancellation: Cancellation?,
        _ receiver: any InvokeReceiver
    ) {
        self.client = client
        self.function = function
        self.payload = payload
        self.options = options
        self.cancellation = cancellation
        self.receiver = receiver
    }

    func send() {
        let now = client.clock()
        // The second attempt has only the time that the first one left.
        let spent = isSecondAttempt ? max(0, now.epochSeconds - signedAt.epochSeconds) : 0
        signedAt = now
        do throws(LambdaError) {
            if options.isStreamed {
                client.transport.stream(try request(spent), to: self)
            } else {
                client.transport.send(try request(spent), to: self)
            }
        } catch {
            guard waited == nil, let loop = client.loop, error.isAboutKeys, let keys = client.firstKeys else {
                return tell(.failure(error))
            }
            wait(forFirst: keys, on: loop, error)
        }
    }

    /// The signed request, with the time that the first attempt and waiting for credentials have left.
    private func request(_ spentSeconds: Int) throws(LambdaError) -> OutboundRequest {
        var request = try client.request(function, payload, options, signedAt: signedAt)
        request.cancellation = cancellation
        if spentSeconds > 0 || waited != nil {
            request.timeout = max(.seconds(1), options.timeout - .seconds(spentSeconds) - (waited ?? .zero))
        }
        return request
    }

    /// Sends the call once there is a key pair; fails with `error` if none is found within the call's time.
    private func wait(
        forFirst keys: @escaping @Sendable () async -> Void,
        on loop: EventLoop,
        _ error: LambdaError
    ) {
        guard client.waitingCount < waitingMax else {
            return tell(
                .failure(.refused(.overloaded, "\(waitingMax) calls wait for these credentials already"))
            )
        }
        let startedNs = EventLoop.currentNs
        let timer = LoopTimer { self.ready(false, on: loop, startedNs, error) }
        guard beginPatience(timer, for: options.timeout, on: loop) else { return }
        isWaitingForFirst = true
        client.waitingCount += 1
        LoopBound(Waiting(self), on: loop).task { waiting in
            await keys()
            waiting.call?.ready(true, on: loop, startedNs, error)
        }
    }

    private func ready(_ isFound: Bool, on loop: EventLoop, _ startedNs: UInt64, _ error: LambdaError) {
        guard endPatience(on: loop) else { return }
        waited = .nanoseconds(Int64(EventLoop.currentNs &- startedNs))
        isFound ? send() : tell(.failure(error))
    }

    /// - Returns: false when the call was already cancelled; its receiver has been told so.
    private func beginPatience(_ timer: LoopTimer, for time: Duration, on loop: EventLoop) -> Bool {
        guard cancellation?.attach(self) != false else {
            timer.action = nil
            tell(.failure(LambdaError(HTTPClientError.cancelled)))
            return false
        }
        patience = timer
        loop.arm(timer, after: time)
        return true
    }

    /// Ends the wait, if the call was waiting, and returns whether it was.
    private func endPatience(on loop: EventLoop) -> Bool {
        guard let timer = patience else { return false }
        patience = nil
        cancellation?.detach(self)
        loop.disarm(timer)
        timer.action = nil
        if exchange(&isWaitingForFirst, with: false) { client.waitingCount -= 1 }
        return true
    }

    /// Ends the wait for a key pair.
    func cancel() {
        guard let loop = client.loop, endPatience(on: loop) else { return }
        tell(.failure(LambdaError(HTTPClientError.cancelled)))
    }

    private func tell(_ outcome: consuming Result<InvokeAnswer, LambdaError>) {
        receiver.invoked(outcome, of: function)
    }

    func began(_ outcome: consuming Result<ResponseBody, HTTPClientError>) {
        switch consume outcome {
        case .failure(let error): tell(.failure(LambdaError(error)))
        case .success(let body) where body.status == 200:
            guard let receiver = receiver as? any InvokeStreamReceiver else { return }
            receiver.began(InvokeStream(body, payloadBytesMax: Int(options.streamBytesMax)), of: function)
        case .success(let body): Refusal(body, for: self).read()
        }
    }

    func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>) {
        switch consume outcome {
        case .failure(let error): tell(.failure(LambdaError(error)))
        case .success(let response) where response.status / 100 == 4 && !isSecondAttempt: refused(response)
        case .success(let response): finished(response)
        }
    }

    private func finished(_ response: consuming ClientResponse) {
        do throws(LambdaError) {
            tell(.success(try InvokeAnswer(response)))
        } catch {
            tell(.failure(error))
        }
    }

    /// Handles a refusal: sends the call once more if another signature may be accepted.
    private func refused(_ response: ClientResponse) {
        let error = LambdaError(refusal: response)
        guard client.isWorthSigningAgain(error, response, function, signedAt: signedAt) else {
            if let loop = client.loop, let renewal = client.renewal(error) {
                return wait(for: renewal, on: loop, error)
            }
            // The search may have ended after `isWorthSigningAgain` checked for new keys.
            guard client.hasNewKeys(error) else { return tell(.failure(error)) }
            isSecondAttempt = true
            return send()
        }
        isSecondAttempt = true
        send()
    }

    /// Sends the call once more when another key pair has been found; fails with `error` if none is found in time.
    private func wait(
        for renewal: @escaping @Sendable () async -> Bool,
        on loop: EventLoop,
        _ error: LambdaError
    ) {
        let timer = LoopTimer { self.renewed(false, on: loop, error) }
        guard beginPatience(timer, for: min(options.timeout, renewalMax), on: loop) else { return }
        LoopBound(Waiting(self), on: loop).task { waiting in
            let isOther = await renewal()
            waiting.call?.renewed(isOther, on: loop, error)
        }
    }

    private func renewed(_ isOther: Bool, on loop: EventLoop, _ error: LambdaError) {
        guard endPatience(on: loop) else { return }
        guard isOther else { return tell(.failure(error)) }
        isSecondAttempt = true
        send()
    }
}

/// Collects the body of a response that is no stream, such as Lambda's refusal of the call.
private final class Refusal {
    private static let bodyBytesMax = 64 << 10

    private let body: ResponseBody
    private let invocation: Invocation
    private var bytes: [UInt8]

    init(_ body: ResponseBody, for invocation: Invocation) {
        self.body = body
        self.invocation = invocation
        bytes = body.headBytes
    }

    func read() {
        switch body.take() {
        case .nothing:
            body.onChange = { self.read() }  // until the end, or until the call's time is up
        case .bytes(let piece):
            bytes += piece.bytes.prefix(max(0, body.headBytes.count + Self.bodyBytesMax - bytes.count))
            read()
        case .ended(.failure(let error)): end(.failure(error))
        case .ended(.success):
            end(
                .success(
                    ClientResponse(
                        status: body.status,
                        bytes: bytes,
                        fields: body.fields,
                        body: body.headBytes.count..<bytes.count
                    )
                )
            )
        }
    }

    private func end(_ outcome: Result<ClientResponse, HTTPClientError>) {
        body.onChange = nil
        invocation.received(outcome)
    }
}

/// A call that a search for keys doesn't keep.
private struct Waiting {
    weak var call: Invocation?

    init(_ call: Invocation) { self.call = call }
}

/// The longest wait of a call for another key pair.
private let renewalMax = Duration.seconds(10)

/// The most calls of one client that may wait for a key pair at once; each holds its payload meanwhile.
private let waitingMax = 1_000

extension LambdaError {
    fileprivate var isAboutKeys: Bool {
        switch kind {
        case .noCredentials, .noRole: true
        default: false
        }
    }
}
