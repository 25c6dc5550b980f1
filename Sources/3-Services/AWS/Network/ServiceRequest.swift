import Bytes
import Calendar
import EventLoop
import HTTPClient
import JSON
import SigV4
import Text

/// A POST to one of AWS's services, signed unless nobody signs, sent again where that helps.
///
/// On an `AWSNetwork`'s thread. Three tries, with pauses, for what may pass: no connection, 5xx, throttling. A clock that
/// is off is corrected once, by the refusal's `Date`.
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior"
struct ServiceRequest: Sendable {
    let service: AWSService
    let endpoint: Endpoint
    let region: Region
    /// nil: not signed.
    let signer: SigningCredential?
    let fields: [(name: String, value: String)]
    let body: ByteBuffer

    static let tries = 3
    static let timeout = Duration.seconds(5)
    static let answerBytesMax = XMLElement.bytesMax

    /// What isn't 2xx: the service's own code and text, empty when it said nothing that can be read.
    struct Refusal: Error, Sendable {
        let status: Int
        let code: String
        let message: String
    }

    enum Failure: Error, Sendable {
        case refused(Refusal)
        case transport(HTTPClientError)
    }

    /// The answer's body.
    func send(
        over lines: NetworkLines,
        clock: @Sendable () -> UTCTime,
        readRefusal: @Sendable (Span<UInt8>) -> (code: String, message: String)?
    ) async throws(Failure) -> [UInt8] {
        var offset = 0
        var isCorrected = false
        var attempt = 0
        while true {
            attempt += 1
            let now = clock()
            let failure: Failure
            var pause = Duration.milliseconds(50 << attempt)
            do throws(HTTPClientError) {
                let response = try await lines.send(
                    try request(at: now.adding(seconds: offset)),
                    to: .services
                )
                if response.status / 100 == 2 { return Array(response.bytes[response.body]) }
                let refusal = refusal(response, readRefusal)
                if !isCorrected, let ahead = skew(refusal, response, now) {
                    (offset, isCorrected) = (ahead, true)
                    continue
                }
                failure = .refused(refusal)
                if Self.throttling.contains(refusal.code) || response.status == 429 { pause = .seconds(1) }
            } catch {
                failure = .transport(error)
            }
            guard attempt < Self.tries, mayPass(failure), await lines.wait(pause) else { throw failure }
        }
    }

    private func request(at time: UTCTime) throws(HTTPClientError) -> OutboundRequest {
        var all = fields
        if let signer {
            var signed = RequestSigner.Request(
                method: "POST",
                path: endpoint.pathPrefix + "/",
                fields: [CanonicalRequest.Field("Host", endpoint.hostField)]
            )
            signed.fields += fields.map { CanonicalRequest.Field($0.name, $0.value) }
            signed.body = body.bytes
            let own = RequestSigner(credential: signer, region: region.name, service: service.name)
                .signInFields(signed, at: time)
            all += own.fields.map { ($0.name, $0.value) }
        }
        return try OutboundRequest(
            method: "POST",
            endpoint: endpoint,
            path: "/",
            fields: all,
            body: body,
            timeout: Self.timeout,
            responseBytesMax: Self.answerBytesMax
        )
    }

    private func refusal(
        _ response: ClientResponse,
        _ read: (Span<UInt8>) -> (code: String, message: String)?
    ) -> Refusal {
        let found = read(response.bytes.span.extracting(response.body))
        return Refusal(status: response.status, code: found?.code ?? "", message: found?.message ?? "")
    }

    /// How far the service's clock is ahead, when that is why it refused.
    private func skew(_ refusal: Refusal, _ response: ClientResponse, _ now: UTCTime) -> Int? {
        guard signer != nil, Self.skewed.contains(refusal.code),
            let date = response.header("date").flatMap({ UTCTime(httpDate: $0.utf8.span) })
        else { return nil }
        let offset = date.epochSeconds - now.epochSeconds
        return abs(offset) > 300 ? offset : nil
    }

    private func mayPass(_ failure: Failure) -> Bool {
        switch failure {
        case .refused(let refusal):
            refusal.status >= 500 || refusal.status == 429 || Self.throttling.contains(refusal.code)
                || Self.passing.contains(refusal.code)
        case .transport(.unsendable), .transport(.cancelled), .transport(.tooLarge): false
        case .transport: true
        }
    }

    private static let throttling: Set = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestLimitExceeded",
        "TooManyRequestsException", "SlowDown", "RequestThrottledException", "BandwidthLimitExceeded",
    ]
    private static let passing: Set = [
        "IDPCommunicationError", "RequestTimeout", "RequestTimeoutException", "InternalFailure",
        "ServiceUnavailable",
    ]
    private static let skewed: Set = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]
}

extension ServiceRequest.Failure {
    /// For people; `texts` hides what was sent.
    func text(_ endpoint: Endpoint, _ texts: HiddenTexts) -> String {
        switch self {
        case .transport(let error): "\(endpoint): \(texts.shown(error.description))"
        case .refused(let refusal) where refusal.code.isEmpty:
            "\(endpoint) answered \(refusal.status), and nothing that can be read: is it the right place?"
        case .refused(let refusal):
            refusal.message.isEmpty
                ? "\(texts.shown(refusal.code)) (\(refusal.status))"
                : "\(texts.shown(refusal.code)): \(texts.shown(refusal.message))"
        }
    }
}
