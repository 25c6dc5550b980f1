@testable import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import Foundation
import HTTP
import HTTPServer
import SigV4
import Synchronization
import TestSupport
import Testing

/// A fake source of credentials: an instance's, a container's or STS's endpoint. Answers as the test says, and records
/// the requests.
final class AskedServer: Sendable {
    struct Question: Sendable {
        let method: String
        /// The path with the query.
        let target: String
        let fields: [String: String]
        let body: String

        /// The value of a form parameter.
        subscript(parameter: String) -> String? {
            for part in body.split(separator: "&") where part.hasPrefix("\(parameter)=") {
                return String(part.dropFirst(parameter.count + 1)).removingPercentEncoding
            }
            return nil
        }
    }

    enum Answer: Sendable {
        case text(Int, String)
        /// Redirects to that URL.
        case redirect(String)
        /// Doesn't answer until the client disconnects.
        case silence
    }

    typealias Answers = @Sendable (Question) -> Answer

    private let kept = Locked<[Question]>([])
    private let answers: Locked<Answers>

    init(_ answers: @escaping Answers) { self.answers = Locked(answers) }

    var questions: [Question] { kept.withLock { $0 } }

    func answer(_ answers: @escaping Answers) { self.answers.withLock { $0 = answers } }

    func forget() { kept.withLock { $0 = [] } }

    func handle(_ exchange: Exchange) async {
        let request = exchange.request
        let span = request.bytes.span
        var fields: [String: String] = [:]
        for line in span.text(0..<request.head.count).split(separator: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = String(line[line.index(colon, offsetBy: 2)...])
        }
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        let question = Question(
            method: span.text(request.head.methodName),
            target: request.path + query,
            fields: fields,
            body: span.text(request.body)
        )
        kept.withLock { $0.append(question) }
        switch answers.withLock({ $0 })(question) {
        case .text(let status, let text):
            exchange.respond(Response(status: status, contentType: .json, body: ByteBuffer(text)))
        case .redirect(let place):
            exchange.respond(Response(status: 302, fields: [ResponseField("Location", place)]))
        case .silence:
            await withCheckedContinuation { continuation in
                exchange.onDisconnect = { continuation.resume() }
            }
        }
    }
}

/// Runs `body` with a server at `http://127.0.0.1:port` and with a network, which is closed afterwards.
func withAsked(
    _ answers: @escaping AskedServer.Answers,
    _ body: (_ server: AskedServer, _ url: String, _ network: AWSNetwork) async throws -> Void
) async throws {
    let server = AskedServer(answers)
    try await withServer(handler: { await server.handle($0) }) { port, _ in
        let network = AWSNetwork()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(server, "http://127.0.0.1:\(port)", network))
        } catch {
            outcome = .failure(error)
        }
        await network.close()
        try outcome.get()
    }
}

/// A clock that tests set.
final class TestClock: Sendable {
    private let time: Locked<UTCTime>

    init(_ time: UTCTime = UTCTime(epochSeconds: 1_795_219_200)) { self.time = Locked(time) }

    var now: UTCTime { time.withLock { $0 } }

    func advance(seconds: Int) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// The answers of an instance's metadata service; `role` is nil for an instance without a role.
func instanceAnswers(
    id: String = "ASIAINSTANCE",
    role: String? = "web",
    end: String = "2026-11-21T06:00:00Z"
) -> AskedServer.Answers {
    { question in
        switch (question.method, question.target) {
        case ("PUT", "/latest/api/token"): return .text(200, "session-token")
        case ("GET", "/latest/meta-data/iam/security-credentials/"):
            return role.map { .text(200, $0) } ?? .text(404, "none")
        case ("GET", "/latest/meta-data/iam/security-credentials/web"):
            return .text(200, keysJSON(id: id, end: end, more: #","Code":"Success","Type":"AWS-HMAC""#))
        case ("GET", "/latest/meta-data/placement/region"): return .text(200, "eu-central-1")
        default: return .text(404, "no such path")
        }
    }
}

/// The JSON with a key pair, as containers' and instances' endpoints send it.
func keysJSON(id: String = "ASIAJSON", end: String = "2026-11-21T06:00:00Z", more: String = "") -> String {
    #"{"AccessKeyId":"\#(id)","SecretAccessKey":"s3cr3t-of-\#(id)","Token":"t0ken-of-\#(id)","Expiration":"\#(end)"\#(more)}"#
}

/// STS's answer with a role's credentials.
func stsAnswer(_ action: String = "AssumeRole", id: String = "ASIAROLE", end: String = "2026-11-21T01:00:00Z")
    -> String
{
    """
    <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <\(action)Result>
        <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/x/mcp-gateway</Arn></AssumedRoleUser>
        <Credentials>
          <AccessKeyId>\(id)</AccessKeyId>
          <SecretAccessKey>s3cr3t-of-\(id)</SecretAccessKey>
          <SessionToken>t0ken-of-\(id)</SessionToken>
          <Expiration>\(end)</Expiration>
        </Credentials>
        <PackedPolicySize>6</PackedPolicySize>
      </\(action)Result>
      <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
    </\(action)Response>
    """
}

func stsRefusal(_ code: String, _ message: String) -> String {
    """
    <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <Error><Type>Sender</Type><Code>\(code)</Code><Message>\(message)</Message></Error>
      <RequestId>r</RequestId>
    </ErrorResponse>
    """
}

/// A chain that asks the test's server, with short timeouts.
func chain(
    _ environment: [String: String],
    files: [String: String] = [:],
    profile: String? = nil,
    network: AWSNetwork,
    clock: TestClock = TestClock(),
    pace: SourceReader.Pace = .hurried,
    notice: @escaping @Sendable (CredentialsNotice) -> Void = { _ in }
) -> RefreshingCredentials {
    let read: FileReader = { path throws(FileFault) in files[path].map { Array($0.utf8) } }
    return RefreshingCredentials(
        environment: AWSEnvironment(["HOME": "/h", "AWS_REGION": "us-east-1"].merging(environment) { $1 }),
        profile: profile,
        network: network,
        pace: pace,
        clock: { clock.now },
        notice: notice,
        readFile: read
    )
}

extension SourceReader.Pace {
    static let hurried = SourceReader.Pace(
        processTimeout: .seconds(20),
        instanceTimeout: .seconds(5),
        containerTimeout: .seconds(5),
        containerPause: .milliseconds(1)
    )
}

extension RefreshingCredentials {
    /// The outcome of the first search.
    func found() async -> Result<Credentials, CredentialsError> {
        await ready()
        do throws(CredentialsError) { return .success(try credentials()) } catch { return .failure(error) }
    }
}

/// Expects the key pair with that id, with all its parts.
func expectFound(
    _ outcome: Result<Credentials, CredentialsError>,
    id: String,
    source: String,
    _ location: SourceLocation = #_sourceLocation
) {
    switch outcome {
    case .failure(let error): Issue.record("\(error)", sourceLocation: location)
    case .success(let found):
        #expect(found.signing.accessKeyID == id, sourceLocation: location)
        #expect(found.signing.secret.revealedText == "s3cr3t-of-\(id)", sourceLocation: location)
        #expect(found.signing.sessionToken == "t0ken-of-\(id)", sourceLocation: location)
        #expect(found.source == source, sourceLocation: location)
        #expect(found.expiration != nil, sourceLocation: location)
    }
}

func text(of outcome: Result<Credentials, CredentialsError>) -> String {
    switch outcome {
    case .success(let found): "found \(found.signing.accessKeyID)"
    case .failure(let error): error.description
    }
}

/// Texts in answers that must not appear in an error.
func expectNothingSecret(_ text: String, _ location: SourceLocation = #_sourceLocation) {
    for secret in ["s3cr3t", "t0ken", "session-token", "hush", "<html", "AKIDBASE-secret"] {
        #expect(!text.contains(secret), "\(text)", sourceLocation: location)
    }
}
