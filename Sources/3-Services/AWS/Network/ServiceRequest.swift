import Bytes
import Calendar
import EventLoop
import HTTPClient
import JSON
import SigV4
import Text

/// A request to an AWS service; signed if there is a signer, and sent again where that helps.
///
/// Runs on an `AWSNetwork`'s thread. Sent again, with pauses, after failures that may pass: no connection, 5xx,
/// throttling. A wrong clock is corrected once, using the refusal's `Date`. Ends early when its task is cancelled.
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior"
struct ServiceRequest: Sendable {
    let service: AWSService
    let endpoint: Endpoint
    let region: Region
    /// The credentials to sign with; nil to send the request unsigned.
    let signer: SigningCredential?
    var method = "POST"
    /// The path, percent-encoded; the endpoint's prefix goes before it.
    var path = "/"
    /// The query, percent-encoded, without `?`; empty for none.
    var query = ""
    var fields: [(name: String, value: String)] = []
    var body = ByteBuffer()
    var rules = RetryRules()
    /// The time limit of one try.
    var timeout = Duration.seconds(5)
    /// The deadline for all tries and the pauses between them; nil to limit only each try.
    var deadline: ContinuousClock.Instant?
    var answerBytesMax = XMLElement.bytesMax
    /// The pace that requests of the same kind share, so that all slow down when the service throttles one.
    var pace: SendingPace?

    /// A response that isn't 2xx: the service's error code and text; each is empty if the response has none that can
    /// be read.
    struct Refusal: Error, Sendable {
        let status: Int
        let code: String
        let message: String

        var isThrottling: Bool { status == 429 || RetryRules.throttling.contains(code) }
    }

    enum Failure: Error, Sendable {
        case refused(Refusal)
        case transport(HTTPClientError)
    }

    /// Sends the request and returns the answer's body.
    func send(
        over lines: NetworkLines,
        clock: @Sendable () -> UTCTime,
        readRefusal: @Sendable (Span<UInt8>) -> (code: String, message: String)?
    ) async throws(Failure) -> [UInt8] {
        var offset = 0
        var isCorrected = false
        var retry = 0
        var charged = 0
        while true {
            try await takeTurn(lines)
            let now = clock()
            let failure: Failure
            var hint: String?
            do throws(HTTPClientError) {
                let response = try await exchange(try request(at: now.adding(seconds: offset)), over: lines)
                if response.status / 100 == 2 {
                    pace?.accepted()
                    rules.budget?.succeeded(after: charged)
                    return Array(response.bytes[response.body])
                }
                let refusal = refusal(response, readRefusal)
                if !isCorrected, let ahead = skew(refusal, response, now) {
                    (offset, isCorrected) = (ahead, true)
                    continue
                }
                if refusal.isThrottling { pace?.throttled() }
                hint = response.header("x-amz-retry-after")
                failure = .refused(refusal)
            } catch {
                failure = .transport(error)
            }
            let pause = rules.pause(before: retry, isThrottling: failure.isThrottling, hint: hint)
            guard rules.mayRetry(failure, retry), isInTime(after: pause) else { throw failure }
            charged = failure.isThrottling ? 0 : RetryBudget.cost
            guard rules.budget?.take(charged) ?? true, await lines.wait(pause) else { throw failure }
            retry += 1
        }
    }

    /// If the service has throttled requests, waits until it is likely to accept another one.
    private func takeTurn(_ lines: NetworkLines) async throws(Failure) {
        while let delay = pace?.take() {
            guard isInTime(after: delay) else { throw .transport(.timedOut(.queueing)) }
            guard await lines.wait(delay) else { throw .transport(.cancelled) }
        }
    }

    private func isInTime(after pause: Duration) -> Bool {
        deadline.map { ContinuousClock.now + pause < $0 } ?? true
    }

    private func exchange(
        _ request: OutboundRequest,
        over lines: NetworkLines
    ) async throws(HTTPClientError) -> ClientResponse {
        var request = request
        if let deadline {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw .timedOut(.queueing) }
            request.timeout = min(request.timeout, left)
        }
        return try await lines.send(request, to: .services)
    }

    private func request(at time: UTCTime) throws(HTTPClientError) -> OutboundRequest {
        var all = fields
        if let signer {
            var signed = RequestSigner.Request(
                method: method,
                path: endpoint.pathPrefix + path,
                query: query,
                fields: [CanonicalRequest.Field("Host", endpoint.hostField)]
            )
            signed.fields += fields.map { CanonicalRequest.Field($0.name, $0.value) }
            signed.body = body.bytes
            let own = RequestSigner(credential: signer, region: region.name, service: service.name)
                .signInFields(signed, at: time)
            all += own.fields.map { ($0.name, $0.value) }
        }
        return try OutboundRequest(
            method: method,
            endpoint: endpoint,
            path: query.isEmpty ? path : "\(path)?\(query)",
            fields: all,
            body: body,
            timeout: timeout,
            responseBytesMax: answerBytesMax
        )
    }

    /// An error code in the head takes precedence over one in the body. Source: botocore
    /// `BaseRestParser._inject_error_code`
    private func refusal(
        _ response: ClientResponse,
        _ read: (Span<UInt8>) -> (code: String, message: String)?
    ) -> Refusal {
        let found = read(response.bytes.span.extracting(response.body))
        let named = response.header("x-amzn-errortype")?.split(separator: ":").first.map { String($0) }
        return Refusal(
            status: response.status,
            code: named ?? found?.code ?? "",
            message: found?.message ?? ""
        )
    }

    /// The seconds by which the service's clock is ahead, if that is why it refused the request.
    private func skew(_ refusal: Refusal, _ response: ClientResponse, _ now: UTCTime) -> Int? {
        guard signer != nil, Self.skewed.contains(refusal.code),
            let date = response.header("date").flatMap({ UTCTime(httpDate: $0.utf8.span) })
        else { return nil }
        let offset = date.epochSeconds - now.epochSeconds
        return abs(offset) > 300 ? offset : nil
    }

    private static let skewed: Set = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]
}

extension ServiceRequest.Failure {
    var isThrottling: Bool {
        if case .refused(let refusal) = self { refusal.isThrottling } else { false }
    }

    /// The failure in words for people; `texts` removes the secrets that were sent.
    func text(_ endpoint: Endpoint, _ texts: HiddenTexts) -> String {
        switch self {
        case .transport(let error): "\(endpoint): \(texts.shown(error.description))"
        case .refused(let refusal) where refusal.code.isEmpty:
            "\(endpoint) answered \(refusal.status) without a readable body: is the endpoint right?"
        case .refused(let refusal):
            refusal.message.isEmpty
                ? "\(texts.shown(refusal.code)) (\(refusal.status))"
                : "\(texts.shown(refusal.code)): \(texts.shown(refusal.message))"
        }
    }
}
