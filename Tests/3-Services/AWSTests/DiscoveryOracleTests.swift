@testable import AWS
import Bytes
import EventLoop
import JSON
import SigV4
import Testing

/// What discovery reads, tested against software of others: botocore's signatures, and moto's Lambda.
@Suite(.timeLimit(.minutes(4)))
struct DiscoveryOracleTests {
    private struct Stub {
        let seen: JSONValue
        let settings: AWSSettings
        let credentials: StaticCredentials
        let region: Region
        let network: AWSNetwork
    }

    private func withScript(
        _ name: String,
        _ body: (JSONValue, Stub) async throws -> Void
    ) async throws {
        let script = try Script(name)
        let ready = try script.line()
        let endpoint = try #require(ready["endpoint"]?.stringValue)
        let network = AWSNetwork()
        let stub = Stub(
            seen: ready["seen"] ?? .null,
            settings: try settings(["AWS_ENDPOINT_URL": endpoint]),
            credentials: StaticCredentials(
                Credentials(
                    signing: SigningCredential(
                        accessKeyID: ready["accessKeyId"]?.stringValue ?? "AKIDANY",
                        secret: Secret(ready["secretAccessKey"]?.stringValue ?? "any"),
                        sessionToken: ready["sessionToken"]?.stringValue
                    ),
                    source: "test"
                )
            ),
            region: try #require(Region("eu-central-1")),
            network: network
        )
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(ready, stub))
        } catch {
            outcome = .failure(error)
        }
        await network.close()
        try script.end()
        try outcome.get()
    }

    private func client(_ stub: Stub) throws -> FunctionListClient {
        try FunctionListClient(
            settings: stub.settings,
            region: stub.region,
            credentials: stub.credentials,
            network: stub.network
        )
    }

    private func texts(_ value: JSONValue?) -> [String: String] {
        let members = value?.objectValue?.members ?? []
        return Dictionary(members.map { ($0.key, $0.value.stringValue ?? "") }) { first, _ in first }
    }

    @Test func `botocore computes the same signature for each GET, and the gateway reads what it sent`()
        async throws
    {
        try await withScript("aws_lists.py") { _, stub in
            let client = try client(stub)
            let found = try await client.functions(until: Listing.soon)
            #expect(
                found.map { $0.name } == stub.seen["functions"]?.arrayValue?.compactMap { $0.stringValue }
            )
            #expect(found.count == 120)
            #expect(found.filter { $0.isTenantIsolated }.map { $0.name } == ["shop-000"])
            let tags = try await client.tags(of: found.map { $0.arn }, until: Listing.soon)
            #expect(tags[found[7].arn] == .success(texts(stub.seen["tags"])))
            #expect(tags.values.allSatisfy { (try? $0.get())?.count == 4 })

            let registry = SchemaRegistryClient(
                settings: stub.settings,
                credentials: stub.credentials,
                network: stub.network
            )
            let arn = "arn:aws:schemas:eu-central-1:123456789012:schema/shop.events/"
            let schema = try await registry.schema(try SchemaARN("\(arn)order@Placed"), until: Listing.soon)
            #expect(schema.type == stub.seen["schema"]?["Type"]?.stringValue)
            #expect(schema.content == stub.seen["schema"]?["Content"]?.stringValue)
            #expect(schema.version == stub.seen["schema"]?["SchemaVersion"]?.stringValue)
            let missing = await #expect(throws: AWSReadError.self) {
                try await registry.schema(try SchemaARN("\(arn)none"), until: Listing.soon)
            }
            #expect(missing?.kind == .notFound)
            #expect(missing?.reason.contains("Schema with name none does not exist.") == true)
        }
    }

    @Test func `a signature with another secret fails botocore's check`() async throws {
        try await withScript("aws_lists.py") { ready, stub in
            let forger = SigningCredential(
                accessKeyID: ready["accessKeyId"]?.stringValue ?? "",
                secret: Secret("another-secret"),
                sessionToken: try stub.credentials.credentials().signing.sessionToken
            )
            let client = try FunctionListClient(
                settings: stub.settings,
                region: stub.region,
                credentials: StaticCredentials(Credentials(signing: forger, source: "test")),
                network: stub.network
            )
            let error = await client.failure()
            #expect(error?.kind == .credentials && error?.reason.contains("the signatures differ") == true)
        }
    }

    @Test func `moto's functions and their tags are read`() async throws {
        try await withScript("moto_functions.py") { ready, stub in
            let made = try #require(ready["functions"]?.objectValue)
            let client = try client(stub)
            let found = try await client.functions(until: Listing.soon)
            #expect(Set(found.map { $0.name }) == Set(made.members.map { $0.key }))
            let tags = try await client.tags(of: found.map { $0.arn }, until: Listing.soon)
            for function in found {
                let own = made[function.name]
                #expect(function.arn == own?["arn"]?.stringValue)
                #expect(function.description == own?["description"]?.stringValue)
                #expect(function.runtime == "python3.13" && !function.isTenantIsolated)
                #expect(tags[function.arn] == .success(texts(own?["tags"])))
            }
            let gone = "arn:aws:lambda:eu-central-1:123456789012:function:gone"
            let absent = try await client.tags(of: [gone], until: Listing.soon)
            guard case .failure(let error)? = absent[gone] else {
                Issue.record("it has tags")
                return
            }
            #expect(error.kind == .notFound, "\(error)")
        }
    }
}
