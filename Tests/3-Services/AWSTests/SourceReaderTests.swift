@testable import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import HTTP
import SigV4
import Synchronization
import TestSupport
import Testing

/// Sources that must be asked, and their failures.
@Suite(.timeLimit(.minutes(2)))
struct SourceReaderTests {
    // MARK: Instance

    @Test func `an instance is asked with IMDSv2, and its role's keys are used`() async throws {
        try await withAsked(instanceAnswers()) { server, url, network in
            let chain = chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url], network: network)
            expectFound(await chain.found(), id: "ASIAINSTANCE", source: "the instance's role web")
            #expect(server.questions.map { $0.method } == ["PUT", "GET", "GET"])
            #expect(server.questions[0].fields["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
            #expect(server.questions[1].fields["x-aws-ec2-metadata-token"] == "session-token")
            #expect(chain.report.sources.last?.kind == .instance && chain.report.sources.last?.state == .used)
            #expect(chain.report.expiresAtMs == 1_795_240_800_000)
        }
    }

    @Test(arguments: [403, 404, 405])
    func `IMDSv1 is used if there is no IMDSv2, unless it is disabled`(_ status: Int)
        async throws
    {
        let answers = instanceAnswers()
        try await withAsked({ $0.method == "PUT" ? .text(status, "no") : answers($0) }) {
            server,
            url,
            network in
            let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": url]
            let chain = chain(environment, network: network)
            expectFound(await chain.found(), id: "ASIAINSTANCE", source: "the instance's role web")
            #expect(server.questions[1].fields["x-aws-ec2-metadata-token"] == nil)
            server.forget()
            let strict = AWSTests.chain(
                environment.merging(["AWS_EC2_METADATA_V1_DISABLED": "true"]) { $1 },
                network: network
            )
            #expect(text(of: await strict.found()).contains("AWS_EC2_METADATA_V1_DISABLED is true"))
            #expect(server.questions.count == 1)
        }
    }

    @Test func `a refused connection means at once that there is no instance, which is no failure`()
        async throws
    {
        let network = AWSNetwork()
        // A port that was in use a moment ago and is free now.
        let port = try await withServer(handler: { _ in }) { port, _ in port }
        let chain = chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(port)"], network: network)
        let text = text(of: await chain.found())
        #expect(text.hasPrefix("no AWS credentials: set AWS_ACCESS_KEY_ID"))
        #expect(text.hasSuffix("no instance's metadata service answers"))
        #expect(chain.report.sources.last?.state == .absent)
        await network.close()
    }

    @Test func `a metadata service that doesn't answer is given up after its timeout`() async throws {
        try await withAsked({ _ in .silence }) { _, url, network in
            let start = ContinuousClock.now
            let chain = chain(
                ["AWS_EC2_METADATA_SERVICE_ENDPOINT": url],
                network: network,
                pace: SourceReader.Pace(instanceTimeout: .milliseconds(100))
            )
            #expect(text(of: await chain.found()).contains("no instance's metadata service answers"))
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test(arguments: [
        (
            "an HTML page for a token", "/latest/api/token", 200, "<html>login</html>",
            "not with a session's token"
        ),
        ("500 for a token", "/latest/api/token", 500, "hush", "it answered 500, not with a session's token"),
        ("an HTML page for a role", "security-credentials/", 200, "<html>\n<b>", "not the name of a role"),
        ("nothing for a role", "security-credentials/", 200, "", "not the name of a role"),
        ("a path for a role", "security-credentials/", 200, "../../user-data", "not the name of a role"),
        (
            "500 for a role", "security-credentials/", 500, "hush",
            "it answered 500 to the question for the role"
        ),
        ("404 for a role", "security-credentials/", 404, "", "this instance has no role"),
        ("HTML for keys", "security-credentials/web", 200, "<html>hush</html>", "it is not JSON"),
        (
            "404 for keys", "security-credentials/web", 404, "hush",
            "it answered 404 to the question for the role's keys"
        ),
        (
            "a fault for keys", "security-credentials/web", 200, #"{"Code":"AssumeRoleUnauthorizedAccess"}"#,
            "its code is"
        ),
        (
            "half of the keys", "security-credentials/web", 200, #"{"AccessKeyId":"A"}"#,
            "it has no secret key"
        ),
        (
            "a number for a key", "security-credentials/web", 200, #"{"AccessKeyId":1}"#,
            "AccessKeyId is not a string"
        ),
        ("a list", "security-credentials/web", 200, "[1]", "it is not an object"),
        (
            "a date that is none", "security-credentials/web", 200, keysJSON(end: "soon"),
            "its expiration is not a date"
        ),
    ])
    func `a metadata service with an invalid answer is named, but its answer is not quoted`(
        _ what: String,
        _ path: String,
        _ status: Int,
        _ body: String,
        _ expected: String
    ) async throws {
        let answers = instanceAnswers()
        let faulty: AskedServer.Answers = { $0.target.hasSuffix(path) ? .text(status, body) : answers($0) }
        try await withAsked(faulty) { _, url, network in
            let text = text(
                of: await chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url], network: network).found()
            )
            #expect(text.contains(expected), "\(text)")
            expectNothingSecret(text)
        }
    }

    @Test func `an instance's expired keys are used for longer, as AWS accepts them`() async throws {
        let clock = TestClock()
        try await withAsked(instanceAnswers(end: clock.now.adding(seconds: -5).rfc3339)) { _, url, network in
            let chain = chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url], network: network, clock: clock)
            let end = try await chain.found().get().expiration
            #expect(
                (clock.now.adding(seconds: 720)...clock.now.adding(seconds: 1_200)).contains(
                    try #require(end)
                )
            )
        }
    }

    @Test func `without a region in the settings, the instance's is used, also for STS`() async throws {
        let answers = instanceAnswers()
        let all: AskedServer.Answers = { $0.method == "POST" ? .text(200, stsAnswer()) : answers($0) }
        try await withAsked(all) { server, url, network in
            let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_REGION": ""]
            let region = try await chain(environment, network: network).found().get().region
            #expect(region?.name == "eu-central-1")
            let role = "[default]\nrole_arn=\(RoleSourceTests.arn)\ncredential_source=Ec2InstanceMetadata\n"
            _ = try await chain(
                environment.merging(["AWS_ENDPOINT_URL_STS": url]) { $1 },
                files: ["/h/.aws/config": role],
                network: network
            ).found().get()
            #expect(server.questions.last?.fields["authorization"]?.contains("/eu-central-1/sts/") == true)
            server.forget()
            let known = try await chain(
                environment.merging(["AWS_REGION": "us-west-2"]) { $1 },
                network: network
            ).found().get()
            #expect(known.region == nil && server.questions.count == 3)
        }
    }

    @Test func `no mutated answer crashes the reader or gives an invalid key`() {
        var random = SplitMix(seed: 3)
        let answers = [
            keysJSON(), keysJSON(more: #","Code":"Success""#), #"{"__type":"a#B","message":"m"}"#,
            #"{"roleCredentials":{"accessKeyId":"A","expiration":1795240800000}}"#,
        ].map { Array($0.utf8) }
        let alphabet = Array(#"{}[]":,\u0 1eE-+.tfn\#u{7}"#.utf8)
        for turn in 0..<8_000 {
            let bytes = random.mutated(answers[turn % answers.count], adding: alphabet)
            _ = ValueClient.refusal(bytes.span)
            guard let object = try? CredentialsJSON.object(bytes.span),
                let found = try? CredentialsJSON.credentials(
                    object,
                    tokenName: "Token",
                    source: "test",
                    isTemporary: false
                )
            else { continue }
            #expect(throws: Never.self) { try found.signing.check() }
        }
    }

    // MARK: Container

    @Test func `a container's endpoint gets the token, which is read again for each request`() async throws {
        try await withAsked({ _ in .text(200, keysJSON()) }) { server, url, network in
            let token = Locked("first\n")
            let read: FileReader = { path throws(FileFault) in
                path == "/token" ? Array(token.withLock { $0 }.utf8) : nil
            }
            let chain = RefreshingCredentials(
                environment: AWSEnvironment([
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/v1/credentials?x=1",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
                ]),
                network: network,
                clock: { UTCTime(epochSeconds: 1_795_219_200) },
                readFile: read
            )
            expectFound(await chain.found(), id: "ASIAJSON", source: "the container's endpoint \(url)")
            token.withLock { $0 = "second" }
            _ = await chain.reloadOrKeep()
            #expect(server.questions.map { $0.fields["authorization"] } == ["first", "second"])
            #expect(server.questions.map { $0.target } == ["/v1/credentials?x=1", "/v1/credentials?x=1"])
        }
    }

    @Test func `the token is taken from the variable if there is no file`() async throws {
        try await withAsked({ _ in .text(200, keysJSON()) }) { server, url, network in
            let environment = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer hush",
            ]
            _ = try await chain(environment, network: network).found().get()
            #expect(server.questions.map { $0.fields["authorization"] } == ["Bearer hush"])
        }
    }

    @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\u{0}b"])
    func `a token with a line break is not sent`(_ token: String) async throws {
        try await withAsked({ _ in .text(200, keysJSON()) }) { server, url, network in
            for name in ["AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
                let environment = [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, name: name.hasSuffix("FILE") ? "/t" : token,
                ]
                let text = text(of: await chain(environment, files: ["/t": token], network: network).found())
                #expect(text.contains("control character") || text.contains("holds no token on one line"))
                #expect(!text.contains("X-Evil"))
            }
            #expect(server.questions.isEmpty)
        }
    }

    @Test func `a container's endpoint gets three tries, and no other source is asked after it`() async throws
    {
        try await withAsked({ _ in .text(500, "hush") }) { server, url, network in
            let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]
            let text = text(of: await chain(environment, network: network).found())
            #expect(text == "AWS credentials from the container's endpoint \(url): it answered 500")
            #expect(server.questions.count == 3)
            let calls = Locked(0)
            server.answer { _ in
                calls.withLock { $0 += 1 }
                return calls.withLock { $0 } < 3 ? .text(503, "") : .text(200, keysJSON())
            }
            _ = try await chain(environment, network: network).found().get()
        }
    }

    @Test func `redirections are not followed, and huge answers are cut off`() async throws {
        try await withAsked({ _ in .redirect("http://169.254.169.254/latest") }) { server, url, network in
            let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]
            #expect(
                text(of: await chain(environment, network: network).found()).contains(
                    "redirections aren't followed"
                )
            )
            let huge = String(repeating: "s3cr3t", count: 20_000)
            server.answer { _ in .text(200, huge) }
            let text = text(of: await chain(environment, network: network).found())
            #expect(text.contains("larger than 65536 bytes"))
            expectNothingSecret(text)
        }
    }
}
