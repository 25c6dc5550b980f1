@testable import AWS
import Calendar
import Crypto
import EventLoop
import SigV4
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RoleTests {
    static let arn = "arn:aws:iam::123456789012:role/tenant"

    private func roles(
        _ url: String,
        _ network: AWSNetwork,
        _ clock: TestClock,
        rolesMax: Int = 1_024,
        base: (any CredentialsProvider)? = nil
    ) throws -> RoleCredentials {
        RoleCredentials(
            takenBy: base ?? testCredentials,
            settings: try settings(["AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "eu-central-1"]),
            network: network,
            rolesMax: rolesMax,
            clock: { clock.now }
        )
    }

    @Test func `every parameter of a role is sent to STS`() async throws {
        let clock = TestClock()
        try await withAsked({ _ in .text(200, stsAnswer()) }) { server, url, network in
            var request = RoleRequest(roleARN: Self.arn)
            request.sessionName = "acme@gw"
            request.externalID = "e:1/2"
            request.durationSeconds = 3_600
            request.policy = #"{"Version":"2012-10-17","Statement":[]}"#
            request.policyARNs = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
            request.tags = [RoleRequest.Tag("TenantId", "acme é"), RoleRequest.Tag("k", "")]
            request.transitiveTagKeys = ["tenantid"]
            request.sourceIdentity = "gateway"
            let provider = try roles(url, network, clock).provider(of: request)
            await provider.ready()
            #expect(try provider.credentials().signing.accessKeyID == "ASIAROLE")
            #expect(try provider.credentials().source == "role \(Self.arn) as acme@gw")
            let question = try #require(server.questions.first)
            let expected = [
                "RoleSessionName": "acme@gw", "ExternalId": "e:1/2", "DurationSeconds": "3600",
                "Policy": #"{"Version":"2012-10-17","Statement":[]}"#,
                "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
                "Tags.member.1.Key": "TenantId", "Tags.member.1.Value": "acme é", "Tags.member.2.Key": "k",
                "Tags.member.2.Value": "", "TransitiveTagKeys.member.1": "tenantid",
                "SourceIdentity": "gateway",
            ]
            for (name, value) in expected { #expect(question[name] == value, "\(name)") }
            #expect(provider.report.sources.first?.text == "from role \(Self.arn) as acme@gw, taken by test")
        }
    }

    @Test func `equal requests share a provider, and the least recently used one is forgotten`() async throws
    {
        let clock = TestClock()
        try await withAsked({ .text(200, stsAnswer(id: $0["ExternalId"] ?? "none")) }) {
            server,
            url,
            network in
            let roles = try roles(url, network, clock, rolesMax: 2)
            func request(_ id: String) -> RoleRequest {
                var request = RoleRequest(roleARN: Self.arn)
                request.externalID = id
                return request
            }
            let one = try roles.provider(of: request("one"))
            let two = try roles.provider(of: request("two"))
            #expect(try roles.provider(of: request("one")) === one)
            let three = try roles.provider(of: request("three"))
            #expect(roles.count == 2)
            #expect(try roles.provider(of: request("one")) === one)
            #expect(try roles.provider(of: request("two")) !== two)
            // The holder of a forgotten provider can still use it.
            for (provider, id) in [(one, "one"), (two, "two"), (three, "three")] {
                await provider.ready()
                #expect(try provider.credentials().signing.accessKeyID == id)
            }
            #expect(server.questions.count == 3)
        }
    }

    @Test func `a target's role takes a tenant's, and fails if the base has no keys`() async throws {
        let clock = TestClock()
        let answers: AskedServer.Answers = {
            .text(
                200,
                stsAnswer(id: $0["RoleArn"]?.hasSuffix("target") == true ? "ASIATARGET" : "ASIATENANT")
            )
        }
        try await withAsked(answers) { server, url, network in
            let roles = try roles(url, network, clock)
            let target = RoleRequest(roleARN: "arn:aws:iam::123456789012:role/target")
            let chained = try roles.roles(takenBy: target)
            let tenant = try chained.provider(of: RoleRequest(roleARN: Self.arn))
            await tenant.ready()
            #expect(try tenant.credentials().signing.accessKeyID == "ASIATENANT")
            #expect(
                server.questions.map { $0.fields["x-amz-security-token"] } == [nil, "t0ken-of-ASIATARGET"]
            )
            let without = RefreshingCredentials { () throws(CredentialsError) in
                throw .none(profile: "default", notes: [])
            }
            let orphan = try self.roles(url, network, clock, base: without).provider(of: target)
            await orphan.ready()
            #expect(throws: CredentialsError.none(profile: "default", notes: [])) {
                _ = try orphan.credentials()
            }
        }
    }

    @Test func `STS's limits are checked before a request is sent`() {
        func fault(_ change: (inout RoleRequest) -> Void) -> String? {
            var request = RoleRequest(roleARN: Self.arn)
            change(&request)
            do throws(RoleRequestError) {
                try request.check()
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(fault { _ in } == nil)
        #expect(fault { $0.policy = String(repeating: "x", count: 2_048) } == nil)
        #expect(
            fault { $0.policy = String(repeating: "é", count: 2_049) }?.hasPrefix(
                "the session policy has 2049 characters, and STS takes 2048 at most"
            ) == true
        )
        #expect(fault { $0.policy = "{\u{1}}" }?.contains("a character that STS doesn't take") == true)
        #expect(fault { $0.sessionName = "a" }?.contains("2 to 64") == true)
        #expect(fault { $0.sessionName = "a b" }?.contains("2 to 64") == true)
        #expect(fault { $0.externalID = "é!" }?.contains("external id") == true)
        #expect(fault { $0.durationSeconds = 43_201 }?.contains("900 to 43,200") == true)
        #expect(fault { $0.sourceIdentity = "x" }?.contains("source identity") == true)
        #expect(fault { $0.policyARNs = Array(repeating: "a", count: 11) }?.contains("STS takes 10") == true)
        #expect(
            fault { $0.roleARN = "arn:aws:iam::1:user/x" }?.contains("not arn:aws:iam::ACCOUNT:role/NAME")
                == true
        )
        #expect(fault { $0.tags = [.init("a", "1"), .init("A", "2")] }?.contains("is given twice") == true)
        #expect(fault { $0.tags = [.init("aws:x", "1")] }?.contains("aws: at its start") == true)
        #expect(fault { $0.tags = [.init("", "1")] }?.contains("is not valid") == true)
        #expect(fault { $0.tags = [.init("k", "a*b")] }?.contains("at most 256") == true)
        #expect(fault { $0.tags = (0..<51).map { .init("k\($0)", "") } }?.contains("51 session tags") == true)
        #expect(fault { $0.tags = [.init("Ünï_.:/=+-@ 9", "✓")] }?.contains("at most 256") == true)
        #expect(fault { $0.tags = [.init("Ünï_.:/=+-@ 9", "")] } == nil)
        #expect(fault { $0.transitiveTagKeys = ["x"] }?.contains("isn't one of the session's tags") == true)
    }
}
