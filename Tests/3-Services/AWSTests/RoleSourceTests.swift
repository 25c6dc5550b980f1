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

/// Roles and sign-ons of profiles, and their failures.
@Suite(.timeLimit(.minutes(2)))
struct RoleSourceTests {
    // MARK: Roles

    static let arn = "arn:aws:iam::123456789012:role/x"
    static let base = [
        "/h/.aws/config":
            "[default]\nrole_arn=\(arn)\nsource_profile=k\nexternal_id=e/1\nduration_seconds=900\n",
        "/h/.aws/credentials": "[k]\naws_access_key_id=AKIDBASE\naws_secret_access_key=AKIDBASE-secret\n",
    ]

    @Test func `a role is taken with the profile's keys, in a request signed for STS`() async throws {
        let clock = TestClock()
        try await withAsked({ _ in .text(200, stsAnswer()) }) { server, url, network in
            let chain = chain(
                ["AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "eu-central-1"],
                files: Self.base,
                network: network,
                clock: clock
            )
            expectFound(await chain.found(), id: "ASIAROLE", source: "role \(Self.arn) of profile 'default'")
            let question = try #require(server.questions.first)
            #expect(server.questions.count == 1 && question.method == "POST" && question.target == "/")
            #expect(question["Action"] == "AssumeRole" && question["Version"] == "2011-06-15")
            #expect(question["RoleArn"] == Self.arn && question["ExternalId"] == "e/1")
            #expect(question["RoleSessionName"] == "mcp-gateway" && question["DurationSeconds"] == "900")
            #expect(question["Policy"] == nil && question.body.contains("ExternalId=e%2F1"))
            #expect(question.fields["content-type"] == "application/x-www-form-urlencoded; charset=utf-8")
            let request = SignatureCheck.Request(
                method: "POST",
                path: "/",
                query: "",
                fields: question.fields.map { CanonicalRequest.Field($0.key, $0.value) },
                body: question.body.utf8.span
            )
            let signer = try SignatureCheck(region: "eu-central-1", service: "sts").check(
                request,
                at: clock.now
            ) { id in
                SigningCredential(accessKeyID: id, secret: Secret("AKIDBASE-secret"))
            }
            #expect(signer.credential.accessKeyID == "AKIDBASE")
        }
    }

    @Test func `a role takes another role`() async throws {
        let files = [
            "/h/.aws/config": """
            [profile a]
            role_arn=\(Self.arn)-a
            source_profile=b
            [profile b]
            role_arn=\(Self.arn)-b
            source_profile=k
            """,
            "/h/.aws/credentials": Self.base["/h/.aws/credentials"] ?? "",
        ]
        let answers: AskedServer.Answers = {
            .text(200, stsAnswer(id: $0["RoleArn"] == "\(Self.arn)-b" ? "ASIAB" : "ASIAA"))
        }
        try await withAsked(answers) { server, url, network in
            let chain = chain(["AWS_ENDPOINT_URL_STS": url], files: files, profile: "a", network: network)
            expectFound(await chain.found(), id: "ASIAA", source: "role \(Self.arn)-a of profile 'a'")
            #expect(server.questions[1].fields["x-amz-security-token"] == "t0ken-of-ASIAB")
            #expect(server.questions[1].fields["authorization"]?.contains("Credential=ASIAB/") == true)
        }
    }

    @Test func `a web identity's token is sent unsigned, and its file is read again each time`() async throws
    {
        let action = "AssumeRoleWithWebIdentity"
        try await withAsked({ _ in .text(200, stsAnswer(action)) }) { server, url, network in
            let token = Locked("t0ken-1\n")
            let read: FileReader = { path throws(FileFault) in
                path == "/t" ? Array(token.withLock { $0 }.utf8) : nil
            }
            let chain = RefreshingCredentials(
                environment: AWSEnvironment([
                    "AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "us-east-1", "AWS_ROLE_ARN": Self.arn,
                    "AWS_WEB_IDENTITY_TOKEN_FILE": "/t",
                ]),
                network: network,
                clock: { UTCTime(epochSeconds: 1_795_219_200) },
                readFile: read
            )
            let source = "web identity, role \(Self.arn) of the environment"
            expectFound(await chain.found(), id: "ASIAROLE", source: source)
            token.withLock { $0 = "t0ken-2" }
            _ = await chain.reloadOrKeep()
            #expect(server.questions.map { $0["WebIdentityToken"] } == ["t0ken-1", "t0ken-2"])
            #expect(
                server.questions.allSatisfy { $0.fields["authorization"] == nil && $0["Action"] == action }
            )
            token.withLock { $0 = "" }
            let fault = await chain.reloadOrKeep()
            #expect(fault?.description.contains("the token's file /t holds no token on one line") == true)
            let kept = try chain.credentials()
            #expect(kept.signing.accessKeyID == "ASIAROLE")
        }
    }

    @Test(arguments: [
        (403, stsRefusal("AccessDenied", "User: arn:aws:iam::1:user/u is not authorized"), 1, "trust policy"),
        (
            403, stsRefusal("ExpiredToken", "The security token included in the request is expired"), 1,
            "have ended"
        ),
        (403, stsRefusal("InvalidClientTokenId", "invalid"), 1, "aren't known to AWS"),
        // The test's clock is wrong, so this refusal causes a second try.
        (
            403, stsRefusal("SignatureDoesNotMatch", "no match"), 2,
            "the secret key is wrong, or this machine's clock"
        ),
        (400, stsRefusal("MalformedPolicyDocument", "Syntax errors in policy."), 1, "isn't a valid policy"),
        (400, stsRefusal("PackedPolicyTooLarge", "Packed policy consumes 120%"), 1, "too large together"),
        (403, stsRefusal("RegionDisabledException", "not activated"), 1, "switched on for that region"),
        (
            400, stsRefusal("ValidationError", "The requested DurationSeconds exceeds 1 hour"), 1,
            "lower duration_seconds"
        ),
        (400, stsRefusal("IDPCommunicationError", "later"), 3, "it is tried again"),
        (400, stsRefusal("Throttling", "Rate exceeded"), 3, "Throttling: Rate exceeded"),
        (500, stsRefusal("InternalFailure", ""), 3, "InternalFailure (500)"),
        (502, "<html><body>hush</body></html>", 3, "answered 502 without a readable body"),
        (503, "", 3, "answered 503 without a readable body"),
        (404, "{}", 1, "answered 404 without a readable body"),
        (200, "<html>hush</html>", 1, "is not STS's answer: it holds no credentials"),
        (200, "", 1, "is not STS's answer"), (200, #"{"a":"s3cr3t"}"#, 1, "is not STS's answer"),
        (200, stsAnswer("AssumeRoleWithSAML"), 1, "it holds no credentials"),
        (200, stsAnswer(end: "never"), 1, "its expiration is not a date"),
        (200, stsAnswer(id: ""), 1, "it has no access key id"),
        (200, stsAnswer(id: "A B"), 1, "the access key id is not valid"),
        (
            403, stsRefusal("AccessDenied", "key AKIDBASE-secret \u{202E}&#10;sent"), 1,
            "AccessDenied: key […] <U+202E><U+000A>sent"
        ),
    ])
    func `each refusal of STS has its own text, without secrets`(
        _ status: Int,
        _ answer: String,
        _ tries: Int,
        _ expected: String
    ) async throws {
        try await withAsked({ _ in .text(status, answer) }) { server, url, network in
            let outcome = await chain(["AWS_ENDPOINT_URL_STS": url], files: Self.base, network: network)
                .found()
            let text = text(of: outcome)
            #expect(text.contains(expected), "\(text)")
            #expect(text.hasPrefix("AWS credentials from role \(Self.arn) of profile 'default': "))
            #expect(server.questions.count == tries)
            expectNothingSecret(text)
        }
    }

    @Test func `a wrong clock is corrected once`() async throws {
        // The server's answers have the real time in their `Date` field.
        let clock = TestClock(WallClock.now().adding(seconds: -7_200))
        let answers: AskedServer.Answers = { question in
            let time = UTCTime(stamp: (question.fields["x-amz-date"] ?? "").utf8.span)
            let isRight = abs((time?.epochSeconds ?? 0) - WallClock.now().epochSeconds) < 300
            let refusal = stsRefusal("SignatureDoesNotMatch", "Signature not yet current")
            return isRight ? .text(200, stsAnswer(end: "2099-01-01T00:00:00Z")) : .text(403, refusal)
        }
        try await withAsked(answers) { server, url, network in
            let chain = chain(["AWS_ENDPOINT_URL_STS": url], files: Self.base, network: network, clock: clock)
            _ = try await chain.found().get()
            #expect(server.questions.count == 2)
        }
    }

    // MARK: Single sign-on

    static let signOn = """
        [default]
        sso_session=corp
        sso_account_id=123456789012
        sso_role_name=dev ops
        [sso-session corp]
        sso_region=eu-central-1
        sso_start_url=https://corp.awsapps.com/start
        """
    static let cache = "/h/.aws/sso/cache/\(SHA1.hex("corp")).json"

    private func signedOn(_ end: String) -> [String: String] {
        [
            "/h/.aws/config": Self.signOn,
            Self.cache: #"{"accessToken":"t0ken-of-sign-on","expiresAt":"\#(end)","region":"eu-central-1"}"#,
        ]
    }

    @Test(arguments: ["2026-11-21T05:00:00Z", "2026-11-21T05:00:00UTC"])
    func `the role's keys are requested with the sign-on's token`(_ end: String) async throws {
        let answer =
            #"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s3cr3t-of-ASIASSO","#
            + #""sessionToken":"t0ken-of-ASIASSO","expiration":1795240800000}}"#
        try await withAsked({ _ in .text(200, answer) }) { server, url, network in
            let chain = chain(["AWS_ENDPOINT_URL_SSO": url], files: signedOn(end), network: network)
            expectFound(await chain.found(), id: "ASIASSO", source: "profile 'default' (single sign-on)")
            #expect(chain.report.expiresAtMs == 1_795_240_800_000)
            let question = try #require(server.questions.first)
            #expect(question.target == "/federation/credentials?role_name=dev%20ops&account_id=123456789012")
            #expect(question.fields["x-amz-sso_bearer_token"] == "t0ken-of-sign-on")
        }
    }

    @Test func `an expired or missing sign-on names the command to sign on again`() async throws {
        try await withAsked({ _ in .text(401, "hush") }) { server, url, network in
            let command = "run `aws sso login --profile default` as the user that the gateway runs as"
            for (files, expected) in [
                (
                    signedOn("2026-11-20T00:00:00Z"),
                    "the sign-on has ended at 2026-11-20T00:00:00Z: \(command)"
                ),
                (["/h/.aws/config": Self.signOn], "nobody has signed on: \(command)"),
                (
                    ["/h/.aws/config": Self.signOn, Self.cache: "<html>"],
                    "holds no sign-on that can be used: \(command)"
                ),
            ] {
                let text = text(
                    of: await chain(["AWS_ENDPOINT_URL_SSO": url], files: files, network: network).found()
                )
                #expect(text.hasSuffix(expected), "\(text)")
                expectNothingSecret(text)
            }
            #expect(server.questions.isEmpty)
            let files = signedOn("2026-11-21T05:00:00Z")
            let text = text(
                of: await chain(["AWS_ENDPOINT_URL_SSO": url], files: files, network: network).found()
            )
            #expect(text.hasSuffix("the sign-on isn't accepted any more, or not for this role: \(command)"))
            expectNothingSecret(text)
        }
    }
}
