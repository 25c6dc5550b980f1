import Bytes
import Calendar
import EventLoop
import HTTPClient
import JSON
import SigV4
import Text

/// Sends signed GET requests to one service that answers in JSON. A value; its requests run on an `AWSNetwork`'s
/// thread.
///
/// If AWS says that the credentials have expired, they are searched for again, once for each request.
struct ServiceReader: Sendable {
    let service: AWSService
    let endpoint: Endpoint
    let region: Region
    let credentials: any CredentialsProvider
    let network: AWSNetwork
    let clock: @Sendable () -> UTCTime
    var rules: RetryRules

    /// One request: its IAM action, its target and its bounds.
    struct Question: Sendable {
        /// The IAM action, e.g. `lambda:ListTags`.
        let action: String
        /// Percent-encoded.
        let path: String
        var query = ""
        let bytesMax: Int
        let deadline: ContinuousClock.Instant
        var pace: SendingPace?
    }

    init(
        _ service: AWSService,
        _ settings: AWSSettings,
        region: Region,
        endpoint: String?,
        credentials: any CredentialsProvider,
        network: AWSNetwork,
        clock: @escaping @Sendable () -> UTCTime
    ) throws(EndpointError) {
        self.service = service
        self.endpoint = try settings.endpoint(of: service, explicit: endpoint, region: region)
        self.region = region
        self.credentials = credentials
        self.network = network
        self.clock = clock
        // A throttled request is sent again until its deadline, because many requests run at once and slow down
        // together.
        rules = RetryRules(throttledTriesMax: 100, budget: RetryBudget())
    }

    /// Runs `body` on the network's thread; it is cancelled with the calling task.
    func run<T: Sendable>(
        _ body: @escaping @Sendable (NetworkLines) async -> Result<T, AWSReadError>
    ) async throws(AWSReadError) -> T {
        guard let task = network.run(body) else { throw AWSReadError(.unavailable, network.fault) }
        let outcome = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        return try outcome.get()
    }

    /// Sends the request and returns its answer, a JSON object.
    func ask(_ question: Question, over lines: NetworkLines) async throws(AWSReadError) -> JSONValue {
        await credentials.ready()
        var signer = try self.signer()
        var isRenewed = false
        while true {
            let texts = HiddenTexts([signer.secret.revealedText, signer.sessionToken])
            let answer: [UInt8]
            do throws(ServiceRequest.Failure) {
                answer = try await request(question, signer).send(
                    over: lines,
                    clock: clock,
                    readRefusal: Self.refusal
                )
            } catch {
                if !isRenewed, case .refused(let refusal) = error, Self.ended.contains(refusal.code) {
                    isRenewed = true
                    let before = signer
                    if !credentials.reload(), let renewal = credentials.renewal { _ = await renewal() }
                    signer = try self.signer()
                    if signer != before { continue }
                }
                throw self.error(error, question, texts)
            }
            return try read(answer)
        }
    }

    private func signer() throws(AWSReadError) -> SigningCredential {
        do throws(CredentialsError) {
            return try credentials.credentials().signing
        } catch {
            throw AWSReadError(.credentials, error.description)
        }
    }

    private func request(_ question: Question, _ signer: SigningCredential) -> ServiceRequest {
        var request = ServiceRequest(service: service, endpoint: endpoint, region: region, signer: signer)
        request.method = "GET"
        request.path = question.path
        request.query = question.query
        request.rules = rules
        request.timeout = .seconds(15)
        request.deadline = question.deadline
        request.answerBytesMax = question.bytesMax
        request.pace = question.pace
        return request
    }

    // MARK: Answers

    private func read(_ bytes: [UInt8]) throws(AWSReadError) -> JSONValue {
        guard let value = try? JSONValue(parsing: bytes.span, depthMax: 32), value.objectValue != nil else {
            throw unreadable("is not a JSON object")
        }
        return value
    }

    func unreadable(_ what: String) -> AWSReadError {
        AWSReadError(.unreadable, "what \(endpoint) answered \(what): is the endpoint right?")
    }

    /// Source: botocore `BaseRestParser`; EventBridge's registry has `Code` in the body.
    @Sendable
    static func refusal(_ bytes: Span<UInt8>) -> (code: String, message: String)? {
        guard let object = try? JSONValue(parsing: bytes, depthMax: 16), object.objectValue != nil else {
            return STSClient.refusal(bytes)  // moto answers a wrong signature as STS does
        }
        let type = (object["__type"] ?? object["code"] ?? object["Code"])?.stringValue ?? ""
        let code = type.split(separator: "#").last?.split(separator: ":").first.map { String($0) } ?? ""
        return (code, (object["message"] ?? object["Message"])?.stringValue ?? "")
    }

    private func error(
        _ failure: ServiceRequest.Failure,
        _ question: Question,
        _ texts: HiddenTexts
    ) -> AWSReadError {
        let text = "\(question.action): \(failure.text(endpoint, texts))"
        let isLate = question.deadline <= ContinuousClock.now
        // If a pause was cut short by cancellation, `failure` is the one from before the pause.
        if Task.isCancelled { return AWSReadError(.cancelled, "\(question.action): cancelled") }
        switch failure {
        case .transport(.cancelled): return AWSReadError(.cancelled, "\(question.action): cancelled")
        case .transport(.timedOut) where isLate, .transport(.timedOut(.queueing)):
            return AWSReadError(
                question.pace?.rate == nil ? .late : .throttled,
                question.pace?.rate == nil
                    ? "\(question.action): the time for it ended before \(endpoint) had answered"
                    : "\(question.action): \(endpoint) throttles, and the time for it ended; allow more time, or ask "
                        + "for fewer functions"
            )
        case .transport(.tooLarge(let bytesMax)):
            return unreadable("has more than \(bytesMax) bytes")
        case .transport: return AWSReadError(.unavailable, text)
        case .refused(let refusal):
            if refusal.isThrottling {
                return AWSReadError(
                    .throttled,
                    "\(text); AWS limits the requests per second of an account: try again later"
                )
            }
            if Self.denials.contains(refusal.code) || refusal.code.isEmpty && refusal.status == 403 {
                return AWSReadError(
                    .denied(action: question.action),
                    "\(text); the credentials must be allowed \(question.action) in \(region)"
                )
            }
            if Self.ended.contains(refusal.code) || Self.unknown.contains(refusal.code) {
                return AWSReadError(
                    .credentials,
                    "\(text); check the keys and this machine's clock"
                )
            }
            if refusal.status >= 500 { return AWSReadError(.unavailable, text) }
            if refusal.status == 404, !refusal.code.isEmpty { return AWSReadError(.notFound, text) }
            return AWSReadError(refusal.code.isEmpty ? .unreadable : .refused, text)
        }
    }

    private static let denials: Set = [
        "AccessDeniedException", "AccessDenied", "ForbiddenException", "UnauthorizedException",
        "UnauthorizedOperation",
    ]
    /// Codes for credentials that AWS doesn't accept; another key pair may be accepted.
    private static let ended: Set = [
        "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId",
    ]
    private static let unknown: Set = [
        "InvalidSignatureException", "SignatureDoesNotMatch", "MissingAuthenticationTokenException",
        "IncompleteSignatureException", "RequestExpired", "OptInRequired",
    ]
}
