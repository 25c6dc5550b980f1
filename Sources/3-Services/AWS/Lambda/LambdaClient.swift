package import Bytes
package import Calendar
package import EventLoop
package import HTTPClient
import SigV4

/// Calls functions. There is one client per loop, used on that loop's thread only.
///
/// A call costs one buffer for the request and one signature; all it shares with other loops is an atomic load. A call
/// isn't repeated if its function may have started. If Lambda refuses a call's signature, the call is signed and sent
/// once more, provided that the clock's offset or the key pair has changed.
package final class LambdaClient {
    let transport: any HTTPTransport
    private let provider: any CredentialsProvider
    let clock: @Sendable () -> UTCTime
    /// The loop on which a call waits for a new key pair; nil if calls don't wait.
    let loop: EventLoop?
    /// Whether the key pair belongs to a role that is taken for these calls.
    private let isRole: Bool
    /// The number of calls that wait for the first key pair.
    var waitingCount = 0
    /// The key pair's generation and its signers, one per region.
    private var generation = -1
    private var signers: [(region: Region, signer: InvokeSigner)] = []
    /// The seconds by which each host's clock is ahead of ours; empty while no host's clock deviates.
    private var offsets: [String: Int] = [:]
    private var reloadedAt = UTCTime(epochSeconds: 0)

    /// - Parameters:
    ///   - transport: the HTTP client of the same loop.
    ///   - credentials: the provider that all loops share.
    ///   - isRole: whether the credentials belong to a role that is taken for these calls alone; errors about them
    ///     then name the role.
    ///   - loop: the client's loop; if nil, a call whose key pair is missing or refused doesn't wait for another one.
    ///   - clock: the wall clock, read once per call.
    package init(
        transport: any HTTPTransport,
        credentials: any CredentialsProvider,
        isRole: Bool = false,
        loop: EventLoop? = nil,
        clock: @escaping @Sendable () -> UTCTime
    ) {
        self.transport = transport
        self.isRole = isRole
        provider = credentials
        self.loop = loop
        self.clock = clock
    }

    /// Calls a function; the receiver gets the outcome once, on the loop, possibly before this returns.
    package func invoke(
        _ function: PreparedFunction,
        payload: consuming ByteBuffer,
        options: consuming InvokeOptions = InvokeOptions(),
        cancellation: Cancellation? = nil,
        to receiver: any InvokeReceiver
    ) {
        Invocation(self, function, payload, options, cancellation, receiver).send()
    }

    /// Calls a function whose answer is taken as it comes; the receiver gets it once, on the loop, or the failure before it
    /// began, possibly before this returns.
    ///
    /// The function was prepared with `isStreaming`, and the options name the most bytes. The time limit holds for the whole
    /// stream.
    package func stream(
        _ function: PreparedFunction,
        payload: consuming ByteBuffer,
        options: consuming InvokeOptions = InvokeOptions(),
        cancellation: Cancellation? = nil,
        to receiver: any InvokeStreamReceiver
    ) {
        precondition(options.isStreamed, "the options name no bound of the stream")
        Invocation(self, function, payload, options, cancellation, receiver).send()
    }

    /// Calls a function and waits for its answer.
    /// - Throws: for every outcome except a 2xx answer without a function error; see `LambdaError.Kind`.
    package func invoke(
        _ function: PreparedFunction,
        payload: ByteBuffer,
        options: InvokeOptions = InvokeOptions(),
        cancellation: Cancellation? = nil
    ) async throws(LambdaError) -> InvokeAnswer {
        let outcome = await withCheckedContinuation { continuation in
            invoke(
                function,
                payload: payload,
                options: options,
                cancellation: cancellation,
                to: WaitingTask(continuation)
            )
        }
        return try outcome.get()
    }

    /// Returns an answer's buffer for reuse by a later answer, once its bytes are no longer needed.
    package func recycle(_ answer: consuming InvokeAnswer) { transport.recycle(answer.response.bytes) }

    /// The whole request, signed with the current credentials at the given time.
    func request(
        _ function: PreparedFunction,
        _ payload: borrowing ByteBuffer,
        _ options: borrowing InvokeOptions,
        signedAt time: UTCTime
    ) throws(LambdaError) -> OutboundRequest {
        let signer = try self.signer(for: function.region, at: time)
        let message = try function.message(
            payload: payload,
            options: options,
            signer: signer,
            at: offsets.isEmpty ? time : time.adding(seconds: offset(function))
        )
        return OutboundRequest(
            endpoint: function.endpoint,
            message: message,
            timeout: options.timeout,
            responseBytesMax: options.isStreamed ? responseBytesMax(function, options) : answerBytesMax
        )
    }

    /// Each of a stream's messages may have as much around its payload as in it, and small ones more. A transport that holds
    /// the whole response gets no more to hold than twice the largest answer.
    private func responseBytesMax(_ function: PreparedFunction, _ options: borrowing InvokeOptions) -> Int {
        let whole = 4 * Int(options.streamBytesMax)
        return transport.streams(from: function.endpoint) ? whole : min(whole, 2 * answerBytesMax)
    }

    // MARK: Signing

    private func signer(for region: Region, at time: UTCTime) throws(LambdaError) -> InvokeSigner {
        if provider.generation != generation {
            generation = provider.generation
            signers = []
        }
        for entry in signers where entry.region == region { return entry.signer }
        let found: Credentials
        do throws(CredentialsError) {
            found = try provider.credentials()
        } catch {
            if reload(at: time) { return try self.signer(for: region, at: time) }
            throw .refused(absence(error), error.description)
        }
        do throws(SigningCredentialError) {
            let signer = try InvokeSigner(credential: found.signing, region: region.name)
            signers.append((region, signer))
            return signer
        } catch {
            throw .refused(
                isRole ? .noRole(mayPass: false) : .noCredentials,
                "AWS credentials from \(found.source): \(error)"
            )
        }
    }

    private func absence(_ error: CredentialsError) -> LambdaError.Kind {
        guard isRole else { return .noCredentials }
        if case .refused = error { return .noRole(mayPass: false) }
        return .noRole(mayPass: error.mayPass)
    }

    /// Waits for the key pair that was missing when the call was to be signed; nil when none can be expected.
    var firstKeys: (@Sendable () async -> Void)? {
        do throws(CredentialsError) {
            _ = try provider.credentials()
            return {}  // the key pair has arrived in the meantime
        } catch {
            let provider = provider
            switch error {
            case .pending: return { await provider.ready() }
            case .expired:
                guard let search = provider.renewal else { return nil }
                return { _ = await search() }
            default: return nil
            }
        }
    }

    private func offset(_ function: PreparedFunction) -> Int { offsets[function.endpoint.hostField] ?? 0 }

    /// Whether a refusal is about the signature, and its cause has just been removed.
    func isWorthSigningAgain(
        _ error: LambdaError,
        _ response: ClientResponse,
        _ function: PreparedFunction,
        signedAt time: UTCTime
    ) -> Bool {
        guard error.kind == .clockSkew || error.kind == .unauthenticated else { return false }
        return correctOffset(error, response, function, signedAt: time) || reloadCredentials(error, at: time)
    }

    /// Derives the host's clock offset from the `Date` of a refusal, and returns whether the known offset changed.
    ///
    /// An offset of up to 5 minutes is within Lambda's tolerance, and a change of less than a minute is ignored.
    /// Source: the clock-skew correction of AWS's SDKs
    private func correctOffset(
        _ error: LambdaError,
        _ response: ClientResponse,
        _ function: PreparedFunction,
        signedAt time: UTCTime
    ) -> Bool {
        guard error.kind == .clockSkew || signatureCodes.contains(error.code),
            let date = response.header("date").flatMap({ UTCTime(httpDate: $0.utf8.span) })
        else { return false }
        let offset = date.epochSeconds - time.epochSeconds
        let known = self.offset(function)
        guard abs(offset) > skewSecondsMin || known != 0, abs(offset - known) >= offsetChangeMin else {
            return false
        }
        offsets[function.endpoint.hostField] = abs(offset) > skewSecondsMin ? offset : nil
        return true
    }

    /// The running search for another key pair, if the refusal is about the key pair that was used.
    func renewal(_ error: LambdaError) -> (@Sendable () async -> Bool)? {
        credentialCodes.contains(error.code) && loop != nil ? provider.renewal : nil
    }

    /// Whether a key pair other than the refused one is available.
    func hasNewKeys(_ error: LambdaError) -> Bool {
        credentialCodes.contains(error.code) && provider.generation != generation
    }

    private func reloadCredentials(_ error: LambdaError, at time: UTCTime) -> Bool {
        guard credentialCodes.contains(error.code) else { return false }
        return hasNewKeys(error) || reload(at: time)
    }

    /// Searches for another key pair, at most once in 5 seconds, because the files may have been rewritten.
    private func reload(at time: UTCTime) -> Bool {
        guard time >= reloadedAt.adding(seconds: reloadSecondsMin) || time < reloadedAt else { return false }
        reloadedAt = time
        return provider.reload()
    }
}

/// The receiver of a call's outcome, for callers without a task. One loop's thread only.
package protocol InvokeReceiver: AnyObject {
    /// Called once, with the outcome and the function that was called. May call another function.
    func invoked(_ outcome: consuming Result<InvokeAnswer, LambdaError>, of function: PreparedFunction)
}

/// The receiver of an answer that is taken as it comes. One loop's thread only.
package protocol InvokeStreamReceiver: InvokeReceiver {
    /// Called once, when Lambda has begun to answer; else `invoked` is called with the failure.
    func began(_ stream: InvokeStream, of function: PreparedFunction)
}

/// A receiver that resumes a waiting task.
private final class WaitingTask: InvokeReceiver {
    private let continuation: CheckedContinuation<Result<InvokeAnswer, LambdaError>, Never>

    init(_ continuation: CheckedContinuation<Result<InvokeAnswer, LambdaError>, Never>) {
        self.continuation = continuation
    }

    func invoked(_ outcome: consuming Result<InvokeAnswer, LambdaError>, of function: PreparedFunction) {
        continuation.resume(returning: outcome)
    }
}

/// A little more than the largest answer of a function, so that Lambda's own error about a larger one arrives.
private let answerBytesMax = LambdaBounds.answerBytesMax + (64 << 10)

/// Error codes that a wrong clock can cause.
private let signatureCodes: Set = ["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"]

/// Error codes that an outdated key pair can cause.
private let credentialCodes: Set = [
    "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId",
    "InvalidSignatureException", "SignatureDoesNotMatch",
]

private let skewSecondsMin = 300
private let offsetChangeMin = 60
private let reloadSecondsMin = 5
