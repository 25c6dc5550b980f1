@testable import AWS
import Bytes
import Calendar
import EventLoop
import Foundation
import HTTP
import HTTPServer
import JSON
import SigV4
import Synchronization
import TestSupport
import Testing

/// Answers of the services, and the deadline of tests.
enum Listing {
    static let region = Region("eu-central-1")

    static func arn(_ name: String) -> String { "arn:aws:lambda:eu-central-1:123456789012:function:\(name)" }

    static func function(_ name: String, more: String = "") -> String {
        #"{"FunctionName":"\#(name)","FunctionArn":"\#(arn(name))","Environment":{"Variables":{"K":"s3cr3t"}}\#(more)}"#
    }

    /// One page of a list of `count` functions, fifty per page; the marker is the index of the page's first function.
    static func page(of count: Int, _ question: AskedServer.Question) -> String {
        let marker = question.target.split(separator: "Marker=").dropFirst().first.map {
            $0.prefix { $0 != "&" }
        }
        let first = marker.flatMap { Int($0) } ?? 0
        let last = min(first + 50, count)
        let functions = (first..<last).map { function("f\($0)") }.joined(separator: ",")
        return #"{"Functions":[\#(functions)]\#(last < count ? #","NextMarker":"\#(last)""# : "")}"#
    }

    static var soon: ContinuousClock.Instant { ContinuousClock.now + .seconds(60) }
}

extension FunctionListClient {
    /// A client that doesn't pause between tries, unless the service throttles.
    init(
        _ url: String,
        _ network: AWSNetwork,
        credentials: any CredentialsProvider = testCredentials,
        functionsMax: Int = FunctionListClient.functionsMax,
        pagesMax: Int = FunctionListClient.pagesMax
    ) throws {
        try self.init(
            settings: try settings(["AWS_ENDPOINT_URL_LAMBDA": url]),
            region: try #require(Listing.region),
            credentials: credentials,
            network: network,
            functionsMax: functionsMax,
            pagesMax: pagesMax
        )
        reader.rules.random = { 0 }
    }

    func failure(until deadline: ContinuousClock.Instant = Listing.soon) async -> AWSReadError? {
        do throws(AWSReadError) {
            _ = try await functions(until: deadline)
            return nil
        } catch {
            return error
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct FunctionListClientTests {
    // MARK: ListFunctions

    @Test func `a list is read to its end, each function once`() async throws {
        let answers: AskedServer.Answers = { question in
            switch question.target {
            case "/2015-03-31/functions?MaxItems=50":
                let first = Listing.function(
                    "a",
                    more:
                        #","Description":"d","Runtime":"python3.13","LastModified":"2026-11-29T08:00:00.000+0000","TenancyConfig":{"TenantIsolationMode":"PER_TENANT"},"Architectures":["arm64"],"MemorySize":512"#
                )
                return .text(200, #"{"NextMarker":"x/y+ é=&","Functions":[\#(first)]}"#)
            case "/2015-03-31/functions?Marker=x%2Fy%2B%20%C3%A9%3D%26&MaxItems=50":
                return .text(200, #"{"NextMarker":"z","Functions":[]}"#)
            default:
                let again = Listing.function("a") + "," + Listing.function("b", more: #","Description":null"#)
                return .text(200, #"{"NextMarker":"","Functions":[\#(again)]}"#)
            }
        }
        try await withAsked(answers) { server, url, network in
            let found = try await FunctionListClient(url, network).functions(until: Listing.soon)
            #expect(
                found == [
                    ListedFunction(
                        name: "a",
                        arn: Listing.arn("a"),
                        description: "d",
                        runtime: "python3.13",
                        lastModified: "2026-11-29T08:00:00.000+0000",
                        isTenantIsolated: true,
                        architecture: "arm64",
                        memoryMB: 512
                    ), ListedFunction(name: "b", arn: Listing.arn("b")),
                ]
            )
            #expect(server.questions.count == 3)
            for question in server.questions {
                #expect(question.method == "GET" && question.body.isEmpty)
                #expect(
                    question.fields["authorization"]?.contains("/eu-central-1/lambda/aws4_request") == true
                )
                #expect(question.fields["content-length"] == nil)
            }
        }
    }

    @Test func `more than ten thousand matching functions are an error, as are too many pages`() async throws
    {
        try await withAsked({ .text(200, Listing.page(of: 10_001, $0)) }) { server, url, network in
            let client = try FunctionListClient(url, network)
            let error = await client.failure()
            #expect(error?.kind == .tooMany)
            #expect(
                error?.reason == "eu-central-1 has more than 10000 functions that match: narrow the names"
            )
            let some = try await client.functions(until: Listing.soon) { $0.name.hasPrefix("f1000") }
            #expect(some.map { $0.name } == ["f1000", "f10000"])
            let short = try FunctionListClient(url, network, pagesMax: 3)
            server.forget()
            #expect(await short.failure()?.kind == .tooMany)
            #expect(server.questions.count == 3)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var status = 200
        let body: String
        let kind: AWSReadError.Kind
        let says: String
        var tries = 1
        var testDescription: String { "\(status) \(body.prefix(60))" }
    }

    private static let denied = AWSReadError.Kind.denied(action: "lambda:ListFunctions")

    @Test(arguments: [
        Row(
            status: 502,
            body: "<html>hush</html>",
            kind: .unavailable,
            says: "answered 502 without a readable body",
            tries: 3
        ),
        Row(
            status: 503,
            body: "",
            kind: .unavailable,
            says: "answered 503 without a readable body",
            tries: 3
        ),
        Row(
            status: 500,
            body: #"{"Type":"Service","message":"sorry","__type":"ServiceException"}"#,
            kind: .unavailable,
            says: "lambda:ListFunctions: ServiceException: sorry",
            tries: 3
        ),
        Row(
            status: 403,
            body:
                #"{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::1:user/x is not authorized"}"#,
            kind: denied,
            says: "the credentials must be allowed lambda:ListFunctions in eu-central-1"
        ),
        Row(
            status: 403,
            body: #"{"code":"AccessDeniedException","Message":null}"#,
            kind: denied,
            says: "must be allowed"
        ),
        Row(
            status: 403,
            body: "<html>hush</html>",
            kind: denied,
            says: "must be allowed lambda:ListFunctions"
        ),
        Row(
            status: 403,
            body: #"{"__type":"x#InvalidSignatureException:http://y","message":"the secret is FAKE"}"#,
            kind: .credentials,
            says: "InvalidSignatureException: the secret is FAKE; check the keys"
        ),
        Row(
            status: 400,
            body: #"{"__type":"InvalidParameterValueException","message":"no"}"#,
            kind: .refused,
            says: "lambda:ListFunctions: InvalidParameterValueException: no"
        ),
        Row(status: 302, body: "", kind: .unreadable, says: "is the endpoint right?"),
        Row(status: 404, body: "<html>hush</html>", kind: .unreadable, says: "is the endpoint right?"),
        Row(body: "<html>hush</html>", kind: .unreadable, says: "answered is not a JSON object"),
        Row(body: #"{"Functions":[{"FunctionName":"a","#, kind: .unreadable, says: "is not a JSON object"),
        Row(body: "", kind: .unreadable, says: "is not a JSON object"),
        Row(body: "[]", kind: .unreadable, says: "is not a JSON object"),
        Row(body: "{}", kind: .unreadable, says: "holds no list of functions"),
        Row(body: #"{"Functions":{}}"#, kind: .unreadable, says: "holds no list of functions"),
        Row(body: #"{"Functions":[5]}"#, kind: .unreadable, says: "without a name or an ARN"),
        Row(
            body: #"{"Functions":[{"FunctionName":"a\u0000","FunctionArn":"arn:aws:x"}]}"#,
            kind: .unreadable,
            says: "without a name or an ARN"
        ),
        Row(
            body: #"{"Functions":[],"NextMarker":5}"#,
            kind: .unreadable,
            says: "a marker that is not a string"
        ),
        Row(
            body: #"{"Functions":[],"NextMarker":"again"}"#,
            kind: .unreadable,
            says: "repeats the marker of an earlier page",
            tries: 2
        ),
    ])
    func `each failure has its own kind and text`(_ row: Row) async throws {
        try await withAsked({ _ in .text(row.status, row.body) }) { server, url, network in
            let error = try #require(await FunctionListClient(url, network).failure())
            #expect(error.kind == row.kind, "\(error)")
            #expect(error.reason.contains(row.says), "\(error)")
            #expect(server.questions.count == row.tries)
            expectNothingSecret(error.reason)
        }
    }

    @Test func `a page that is throttled is asked for again until it comes`() async throws {
        let asked = Locked<[String: Int]>([:])
        try await withAsked({ question in
            let times = asked.withLock { asked in
                asked[question.target, default: 0] += 1
                return asked[question.target] ?? 0
            }
            return question.target.contains("Marker=500&") && times <= 4
                ? .text(
                    429,
                    #"{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded."}"#
                )
                : .text(200, Listing.page(of: 1_000, question))
        }) { server, url, network in
            let found = try await FunctionListClient(url, network).functions(until: Listing.soon)
            #expect(found.count == 1_000)
            #expect(server.questions.count == 24)
        }
    }

    @Test func `the pause that a service asks for is kept`() async throws {
        let times = Locked<[ContinuousClock.Instant]>([])
        try await withServer(handler: { exchange in
            let count = times.withLock { times in
                times.append(ContinuousClock.now)
                return times.count
            }
            let pause = [ResponseField("x-amz-retry-after", "250")]
            exchange.respond(
                count == 1
                    ? Response(status: 503, fields: pause)
                    : Response(status: 200, contentType: .json, body: ByteBuffer(#"{"Functions":[]}"#))
            )
        }) { port, _ in
            let network = AWSNetwork()
            let client = try FunctionListClient("http://127.0.0.1:\(port)", network)
            #expect(await client.failure() == nil)
            await network.close()
        }
        let seen = times.withLock { $0 }
        #expect(seen.count == 2 && seen[1] - seen[0] >= .milliseconds(250))
    }

    @Test func `if one page fails, the whole list fails`() async throws {
        try await withAsked({ question in
            question.target.contains("Marker=50&")
                ? .text(200, #"{"Functions":[{"Func"#) : .text(200, Listing.page(of: 150, question))
        }) { _, url, network in
            let client = try FunctionListClient(url, network)
            #expect(await client.failure()?.kind == .unreadable)
        }
    }

    @Test func `expired credentials are searched for again, once`() async throws {
        let expired = #"{"__type":"ExpiredTokenException","message":"The security token is expired"}"#
        let answers: AskedServer.Answers = { question in
            question.fields["authorization"]?.contains("AKIDNEW") == true
                ? .text(200, #"{"Functions":[]}"#) : .text(403, expired)
        }
        try await withAsked(answers) { server, url, network in
            let good = ChangingCredentials(["AKIDOLD", "AKIDNEW"])
            let found = try await FunctionListClient(url, network, credentials: good).functions(
                until: Listing.soon
            )
            #expect(found == [])
            #expect(server.questions.count == 2)
            let bad = ChangingCredentials(["AKIDOLD", "AKIDOLDER", "AKIDNEW"])
            let error = try await FunctionListClient(url, network, credentials: bad).failure()
            #expect(error?.kind == .credentials)
            #expect(server.questions.count == 4)
        }
    }

    @Test func `a clock that is an hour slow is corrected by the refusal's date`() async throws {
        let stamps = Locked<[String]>([])
        let refusal = #"{"__type":"InvalidSignatureException","message":"Signature expired"}"#
        try await withAsked({ question in
            let count = stamps.withLock { stamps in
                stamps.append(question.fields["x-amz-date"] ?? "")
                return stamps.count
            }
            return count == 1 ? .text(403, refusal) : .text(200, #"{"Functions":[]}"#)
        }) { _, url, network in
            let client = try FunctionListClient(
                settings: try settings(["AWS_ENDPOINT_URL_LAMBDA": url]),
                region: try #require(Listing.region),
                credentials: testCredentials,
                network: network,
                clock: { WallClock.now().adding(seconds: -3_600) }
            )
            #expect(try await client.functions(until: Listing.soon).isEmpty)
            let times = stamps.withLock { $0 }.compactMap { UTCTime(stamp: $0.utf8.span)?.epochSeconds }
            #expect(times.count == 2 && (3_590...3_610).contains(times[1] - times[0]), "\(times)")
        }
    }

    // MARK: Time

    @Test func `a service that doesn't answer is given up at the deadline`() async throws {
        try await withAsked({ _ in .silence }) { _, url, network in
            let client = try FunctionListClient(url, network)
            let error = await client.failure(until: ContinuousClock.now + .milliseconds(300))
            #expect(error?.kind == .late, "\(String(describing: error))")
            #expect(error?.reason == "lambda:ListFunctions: the time for it ended before \(url) had answered")
            #expect(await client.failure(until: ContinuousClock.now - .seconds(1))?.kind == .late)
            let arns = (0..<100).map { Listing.arn("f\($0)") }
            await #expect(throws: AWSReadError.self) {
                try await client.tags(of: arns, until: ContinuousClock.now + .milliseconds(300))
            }
        }
    }

    @Test func `a cancelled list sends no further request`() async throws {
        let (asked, sign) = AsyncStream.makeStream(of: Void.self)
        try await withAsked({ _ in
            sign.yield()
            return .silence
        }) { server, url, network in
            let client = try FunctionListClient(url, network)
            let reading = Task { await client.failure() }
            for await _ in asked { break }
            reading.cancel()
            #expect(await reading.value?.kind == .cancelled)
            #expect(server.questions.count == 1)
        }
    }

    @Test func `a cancelled list ends its pause at once`() async throws {
        let (asked, sign) = AsyncStream.makeStream(of: Void.self)
        try await withAsked({ _ in
            sign.yield()
            return .text(429, "")
        }) { server, url, network in
            var client = try FunctionListClient(url, network)
            client.reader.rules.random = { 20 }
            let patient = client
            let reading = Task { await patient.failure() }
            for await _ in asked { break }
            reading.cancel()
            // Without the cancellation it would take twenty seconds.
            #expect(await reading.value?.kind == .cancelled)
            #expect(server.questions.count == 1)
        }
    }

    @Test func `missing credentials, or a closed network, are reported in the error`() async throws {
        let network = AWSNetwork()
        let none = RefreshingCredentials { () throws(CredentialsError) in
            throw .none(profile: "default", notes: [])
        }
        let error = try await FunctionListClient("http://127.0.0.1:1", network, credentials: none).failure()
        #expect(error?.kind == .credentials && error?.reason.hasPrefix("no AWS credentials") == true)
        await network.close()
        let ended = try await FunctionListClient("http://127.0.0.1:1", network).failure()
        #expect(ended == AWSReadError(.unavailable, "the gateway is ending"))
    }
}

/// Credentials that change to the next key pair at each reload.
final class ChangingCredentials: CredentialsProvider {
    private let ids: [String]
    private let index = Locked(0)

    init(_ ids: [String]) { self.ids = ids }

    var generation: Int { index.withLock { $0 } }

    func credentials() throws(CredentialsError) -> Credentials {
        let id = ids[min(generation, ids.count - 1)]
        let signing = SigningCredential(
            accessKeyID: id,
            secret: Secret("s3cr3t-of-\(id)"),
            sessionToken: "t0ken-of-\(id)"
        )
        return Credentials(signing: signing, source: "test")
    }

    func reload() -> Bool {
        index.withLock { $0 += 1 }
        return true
    }

    func reloadOrKeep() async -> CredentialsError? { nil }

    var report: CredentialsReport { CredentialsReport() }
}
