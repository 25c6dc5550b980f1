import AWS
import Bytes
import Calendar
import EventLoop
import LocalLambda
import SigV4
import Testing

/// The gateway's own client, tested with the local Lambda.
@Suite(.timeLimit(.minutes(3)))
struct FunctionListTests {
    /// Functions that are listed but never run.
    private func functions(_ count: Int) -> [FunctionDefinition] {
        (0..<count).map { number in
            FunctionDefinition(
                name: "shop-\(10_000 + number)",
                command: ["/bin/true"],
                environment: ["TOKEN": "s3cr3t"],
                directory: "/tmp",
                description: "The function \(number)",
                tags: ["number": "\(number)", "team": "a/b é", "empty": ""]
            )
        }
    }

    private func client(
        _ subject: Subject,
        _ network: AWSNetwork,
        secret: Secret = Subject.credential.secret
    ) throws -> FunctionListClient {
        try FunctionListClient(
            settings: AWSSettings(
                environment: AWSEnvironment(["AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:\(subject.port)"]),
                profiles: Profiles()
            ),
            region: try #require(Region("eu-central-1")),
            credentials: StaticCredentials(
                Credentials(
                    signing: SigningCredential(accessKeyID: Subject.credential.accessKeyID, secret: secret),
                    source: "test"
                )
            ),
            network: network
        )
    }

    @Test func `a thousand functions with their tags are read in less than five seconds`() async throws {
        try await withLambda(functions(1_000)) { subject in
            let network = AWSNetwork()
            let client = try client(subject, network)
            let start = ContinuousClock.now
            let found = try await client.functions(until: start + .seconds(60))
            let listed = ContinuousClock.now
            let tags = try await client.tags(of: found.map { $0.arn }, until: start + .seconds(60))
            let end = ContinuousClock.now
            await network.close()
            print("1,000 functions: listed in \(listed - start), tags in \(end - listed)")
            #expect(end - start < .seconds(5))
            #expect(found.count == 1_000 && tags.count == 1_000)
            for (number, function) in found.enumerated() {
                #expect(function.name == "shop-\(10_000 + number)")
                #expect(function.arn == "arn:aws:lambda:eu-central-1:123456789012:function:\(function.name)")
                #expect(function.description == "The function \(number)")
                #expect(
                    tags[function.arn] == .success(["number": "\(number)", "team": "a/b é", "empty": ""])
                )
            }
        }
    }

    @Test func `a wrong key and a deleted function have different errors`() async throws {
        try await withLambda(functions(1)) { subject in
            let network = AWSNetwork()
            let deadline = ContinuousClock.now + .seconds(30)
            let forger = try client(subject, network, secret: Secret("wrong-secret-key"))
            let error = await #expect(throws: AWSReadError.self) {
                try await forger.functions(until: deadline)
            }
            #expect(error?.kind == .credentials)
            #expect(error?.reason.contains("InvalidSignatureException") == true)
            #expect(error?.reason.contains("wrong-secret-key") == false)

            let own = "arn:aws:lambda:eu-central-1:123456789012:function:shop-10000"
            let gone = "arn:aws:lambda:eu-central-1:123456789012:function:shop-1"
            let tags = try await client(subject, network).tags(of: [own, gone], until: deadline)
            #expect((try? tags[own]?.get())?["number"] == "0")
            guard case .failure(let absent)? = tags[gone] else {
                Issue.record("it has tags")
                return
            }
            #expect(absent.kind == .notFound)
            #expect(absent.reason.contains("Function not found: \(gone)"))
            await network.close()
        }
    }
}
