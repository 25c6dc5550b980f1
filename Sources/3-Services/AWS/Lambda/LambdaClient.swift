package import Bytes
package import Calendar
package import EventLoop
package import HTTPClient
import SigV4

/// Calls functions. One per loop, on that loop's thread alone.
///
/// A call costs one buffer for the request, one signature, and nothing that is shared with other loops but an atomic load.
/// No call is repeated once the function may have started; a call that Lambda refused for its signature is signed again
/// and sent once more, when the clock's offset or the key pair turned out to have changed.
package final class LambdaClient {
    let transport: any HTTPTransport
    private let provider: any CredentialsProvider
    let clock: @Sendable () -> UTCTime
    /// Where a call waits for a new key pair; nil when none does.
    let loop: EventLoop?
    /// Whether the key pair is that of a role which is taken for these calls.
    private let isRole: Bool
    /// Calls that wait for the first key pair.
    var waitingCount = 0
    /// The key pair's generation and its signers, one a region.
    private var generation = -1
    private var signers: [(region: Region, signer: InvokeSigner)] = []
    /// How far a host's clock is ahead of ours, in seconds; empty as long as all agree.
    private var offsets: [String: Int] = [:]
    private var reloadedAt = UTCTime(epochSeconds: 0)

    /// - Parameters:
    ///   - transport: of the same loop.
    ///   - credentials: shared by all loops.
    ///   - isRole: whether they are those of a role that is taken for these calls alone: what is wrong with them is
    ///     said of the role then.
    ///   - loop: the same; without it a call whose key pair isn't there yet, or isn't accepted, doesn't wait for another.
    ///   - clock: the wall clock, read once a call.
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

    /// Calls a function; the receiver is told the outcome once, on the loop, maybe before this returns.
    package func invoke(
        _ function: PreparedFunction,
        payload: consuming ByteBuffer,
        options: InvokeOptions = InvokeOptions(),
        cancellation: Cancellation? = nil,
        to receiver: any InvokeReceiver
    ) {
        Invocation(self, function, payload, options, cancellation, receiver).send()
    }

    /// Calls a function and waits for its answer.
    /// - Throws: everything but a 2xx answer without a function error; see `LambdaError.Kind`.
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

    /// Gives an answer's bytes back for the next answer, when all of it has been used.
    package func recycle(_ answer: consuming InvokeAnswer) { transport.recycle(answer.response.bytes) }

    /// The whole request, signed by the credentials and the clock of this moment.
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
            responseBytesMax: answerBytesMax
        )
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

    /// Returns when the key pair is there that nobody had when the call was to be signed; nil when none is on its way.
    var firstKeys: (@Sendable () async -> Void)? {
        do throws(CredentialsError) {
            _ = try provider.credentials()
            return {}  // it has come meanwhile
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

    /// Whether a refusal is about the signature, and the reason for it has just gone.
    func isWorthSigningAgain(
        _ error: LambdaError,
        _ response: ClientResponse,
        _ function: PreparedFunction,
        signedAt time: UTCTime
    ) -> Bool {
        guard error.kind == .clockSkew || error.kind == .unauthenticated else { return false }
        return correctOffset(error, response, function, signedAt: time) || reloadCredentials(error, at: time)
    }

    /// Learns the host's offset from the `Date` of a refusal.
    ///
    /// An offset of up to 5 minutes is within Lambda's tolerance, and a change of less than a minute is no news.
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

    /// The search for another key pair that is under way, where a refusal is about the one that was used.
    func renewal(_ error: LambdaError) -> (@Sendable () async -> Bool)? {
        credentialCodes.contains(error.code) && loop != nil ? provider.renewal : nil
    }

    /// Whether there is another key pair than the one that was refused.
    func hasNewKeys(_ error: LambdaError) -> Bool {
        credentialCodes.contains(error.code) && provider.generation != generation
    }

    private func reloadCredentials(_ error: LambdaError, at time: UTCTime) -> Bool {
        guard credentialCodes.contains(error.code) else { return false }
        return hasNewKeys(error) || reload(at: time)
    }

    /// Looks for another key pair, at most once in 5 seconds: the files may have been written anew.
    private func reload(at time: UTCTime) -> Bool {
        guard time >= reloadedAt.adding(seconds: reloadSecondsMin) || time < reloadedAt else { return false }
        reloadedAt = time
        return provider.reload()
    }
}

/// Who waits for a function without a task. One loop's thread only.
package protocol InvokeReceiver: AnyObject {
    /// Called once, with what was called. Another function may be called from here.
    func invoked(_ outcome: consuming Result<InvokeAnswer, LambdaError>, of function: PreparedFunction)
}

/// A task that waits for a function.
private final class WaitingTask: InvokeReceiver {
    private let continuation: CheckedContinuation<Result<InvokeAnswer, LambdaError>, Never>

    init(_ continuation: CheckedContinuation<Result<InvokeAnswer, LambdaError>, Never>) {
        self.continuation = continuation
    }

    func invoked(_ outcome: consuming Result<InvokeAnswer, LambdaError>, of function: PreparedFunction) {
        continuation.resume(returning: outcome)
    }
}

/// A little more than a function can answer, so that Lambda's own error arrives.
private let answerBytesMax = LambdaBounds.answerBytesMax + (64 << 10)

/// Codes that a wrong clock may be behind.
private let signatureCodes: Set = ["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"]

/// Codes that an outdated key pair may be behind.
private let credentialCodes: Set = [
    "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId",
    "InvalidSignatureException", "SignatureDoesNotMatch",
]

private let skewSecondsMin = 300
private let offsetChangeMin = 60
private let reloadSecondsMin = 5
