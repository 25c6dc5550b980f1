@testable import AWS
import Bytes
import Calendar
import Crypto
import EventLoop
import Foundation
import JSON
import SigV4
import TestSupport
import Testing

/// A script of Tests/Python, run by the Python that has boto3 and moto.
final class Script {
    private let process = Process()
    private let output = Pipe()
    /// The script ends when its input is closed.
    private let input = Pipe()

    init(_ name: String, _ arguments: String...) throws {
        let folder = ProcessInfo.processInfo.environment["GATEWAY_VENV"] ?? Repository.path(".venv")
        let python = "\(folder)/bin/python"
        try #require(FileManager.default.isExecutableFile(atPath: python), "run scripts/setup")
        process.executableURL = URL(filePath: python)
        process.arguments = [Repository.path("Tests/Python/\(name)")] + arguments
        process.standardOutput = output
        process.standardInput = input
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// The script's next line of output.
    func line() throws -> JSONValue {
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 10 { line += byte }
        return try JSONValue(parsing: String(decoding: line, as: UTF8.self))
    }

    func end() throws { try input.fileHandleForWriting.close() }

    deinit { process.waitUntilExit() }
}

@Suite(.timeLimit(.minutes(4)))
struct PythonOracleTests {
    // MARK: The order of the chain

    private struct Case {
        var environment: [String: String] = [:]
        var config = ""
        var credentials = ""
        var profile: String?

        /// A random selection of everything that the chain reads.
        init(_ random: inout SplitMix) {
            func some(_ chance: UInt64 = 3) -> Bool { random.next() % chance == 0 }
            let role = "role_arn=arn:aws:iam::123456789012:role/x\n"
            let keys = "aws_access_key_id=A\naws_secret_access_key=s\n"
            if some(4) { environment["AWS_ACCESS_KEY_ID"] = "A" }
            if some(4) || environment["AWS_ACCESS_KEY_ID"] != nil && !some(6) {
                environment["AWS_SECRET_ACCESS_KEY"] = "s"
            }
            if some() { environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/t" }
            if some() { environment["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/web" }
            if some() { environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/c" }
            if some(8) { environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://10.0.0.1/c" }
            if some() { environment["AWS_EC2_METADATA_DISABLED"] = "true" }
            for name in ["default", "a", "b"] {
                var own = "region=eu-central-1\n"
                if some(4) { own += keys }
                if some(8) { own += "aws_session_token=t\n" }
                if some() { own += role }
                if some() {
                    own += "source_profile=\(["default", "a", "b", "none"][Int(random.next() % 4)])\n"
                }
                if some(5) {
                    own +=
                        "credential_source=\(["Environment", "EcsContainer", "Moon"][Int(random.next() % 3)])\n"
                }
                if some(5) { own += "web_identity_token_file=/t\n" }
                if some(5) { own += "credential_process=/bin/x 'y z'\n" }
                if some(6) { own += "sso_account_id=123456789012\n" }
                if some(6) { own += "sso_role_name=dev\nsso_start_url=https://x\nsso_region=eu-west-1\n" }
                if some(10) { own += "sso_session=corp\n" }
                config += name == "default" ? "[default]\n\(own)" : "[profile \(name)]\n\(own)"
                if some(4) { credentials += "[\(name)]\n\(keys)" }
            }
            if some(2) { config += "[sso-session corp]\nsso_region=eu-west-1\nsso_start_url=https://x\n" }
            switch random.next() % 4 {
            case 0: profile = "a"
            case 1: environment["AWS_PROFILE"] = "b"
            case 2 where some(2): profile = "default"
            default: break
            }
        }

        var json: JSONValue {
            [
                "environment": .object(JSONObject(environment.map { ($0.key, .string($0.value)) })),
                "config": .string(config), "credentials": .string(credentials), "profile": .optional(profile),
            ]
        }

        /// The chosen source, by botocore's name for it.
        var chosen: String {
            get throws {
                let settings = try settings(
                    environment.merging(["HOME": "/h"]) { $1 },
                    config: config,
                    credentials: credentials,
                    profile: profile
                )
                switch settings.plan().choice {
                case .fault(.none, _): return "none"
                case .fault: return "error"
                case .ask(_, let kind):
                    switch kind {
                    case .settings: return "?"
                    case .environment: return "env"
                    case .role: return "assume-role"
                    case .webIdentity: return "assume-role-with-web-identity"
                    case .singleSignOn: return "sso"
                    case .profile:
                        let isShared = settings.profiles.keysInCredentialsFile.contains(settings.profileName)
                        return isShared ? "shared-credentials-file" : "config-file"
                    case .process: return "custom-process"
                    case .container: return "container-role"
                    case .instance: return "iam-role"
                    }
                }
            }
        }
    }

    @Test func `the source of credentials is the one that boto3 chooses`() throws {
        var random = SplitMix(seed: 11)
        let cases = (0..<1_000).map { _ in Case(&random) }
        let line = try withTemporaryDirectory { folder in
            let file = "\(folder)/cases.json"
            try Data(JSONValue.array(cases.map { $0.json }).text.utf8).write(to: URL(filePath: file))
            let script = try Script("credential_order.py", file)
            defer { try? script.end() }
            return try script.line()
        }
        let answers = try #require(line.arrayValue)
        #expect(answers.count == cases.count)
        var seen: [String: Int] = [:]
        for (row, answer) in zip(cases, answers) {
            let expected = answer.stringValue ?? ""
            let chosen = try row.chosen
            seen[chosen, default: 0] += 1
            #expect(chosen == expected, "\(row)")
        }
        // Every source was chosen at least once, and faults are less than two thirds.
        #expect(seen.count == 11 && seen.values.allSatisfy { $0 < cases.count * 2 / 3 }, "\(seen)")
    }

    // MARK: moto

    @Test func `moto's STS gives a role only with its external id, and moto's stores give their values`()
        async throws
    {
        let script = try Script("moto_sts.py")
        let moto = try script.line()
        let network = AWSNetwork()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await check(moto, network))
        } catch {
            outcome = .failure(error)
        }
        await network.close()
        try script.end()
        try outcome.get()
    }

    private func check(_ moto: JSONValue, _ network: AWSNetwork) async throws {
        let endpoint = try #require(moto["endpoint"]?.stringValue)
        let arn = try #require(moto["roleArn"]?.stringValue)
        let settings = try settings(["AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-central-1"])
        let signing = SigningCredential(
            accessKeyID: moto["accessKeyId"]?.stringValue ?? "",
            secret: Secret(moto["secretAccessKey"]?.stringValue ?? "")
        )
        let own = StaticCredentials(Credentials(signing: signing, source: "test"))
        let roles = RoleCredentials(takenBy: own, settings: settings, network: network)
        var request = RoleRequest(roleARN: arn)
        request.externalID = "e-1"
        request.tags = [RoleRequest.Tag("TenantId", "acme")]
        request.policy =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
        let provider = try roles.provider(of: request)
        await provider.ready()
        let taken = try provider.credentials()
        #expect(taken.signing.sessionToken?.isEmpty == false)
        let left = (taken.expiration?.epochSeconds ?? 0) - WallClock.now().epochSeconds
        #expect((3_000...3_700).contains(left))

        request.externalID = "e-2"
        let stranger = try roles.provider(of: request)
        await stranger.ready()
        #expect(text(stranger).contains("AccessDenied"))
        #expect(text(stranger).contains("trust policy"))

        let wrong = SigningCredential(accessKeyID: signing.accessKeyID, secret: Secret("wrong-secret-key"))
        let forger = try RoleCredentials(
            takenBy: StaticCredentials(Credentials(signing: wrong, source: "test")),
            settings: settings,
            network: network
        ).provider(of: request)
        await forger.ready()
        #expect(text(forger).contains("SignatureDoesNotMatch"))
        #expect(!text(forger).contains("wrong-secret-key"))

        // Read with the role's own keys and their session token.
        for credentials in [own as any CredentialsProvider, provider] {
            checkValues(ValueClient(settings: settings, credentials: credentials, network: network), moto)
        }
    }

    private func text(_ provider: any CredentialsProvider) -> String {
        do throws(CredentialsError) {
            return "found \(try provider.credentials())"
        } catch {
            return error.description
        }
    }

    private func checkValues(_ client: ValueClient, _ moto: JSONValue) {
        let rows: [(AWSValue, String)] = [
            (AWSValue(.secretsManager, name: "gateway/plain"), "s3cr3t-plain\n"),
            (AWSValue(.secretsManager, name: "gateway/keys", member: "id"), "AKIDKEPT"),
            (AWSValue(.secretsManager, name: moto["secretArn"]?.stringValue ?? "", member: "n"), "7"),
            (AWSValue(.parameterStore, name: "/gateway/level"), "debug"),
            (AWSValue(.parameterStore, name: "/gateway/secret"), "s3cr3t-parameter"),
            (AWSValue(.secretsManager, name: "gateway/none"), "! ResourceNotFoundException"),
            (AWSValue(.parameterStore, name: "/gateway/none"), "! ParameterNotFound"),
            (AWSValue(.secretsManager, name: "gateway/binary"), "! the secret is binary, not text"),
            (AWSValue(.secretsManager, name: "gateway/plain", member: "x"), "! it is not a JSON object"),
            (
                AWSValue(.secretsManager, name: "gateway/keys", member: "x"),
                "! its JSON object has no member \"x\""
            ),
        ]
        let found = client.read(rows.map { $0.0 })
        for (value, expected) in rows {
            switch found[value] {
            case .success(let secret)?: #expect(secret.revealedText == expected)
            case .failure(let error)?:
                #expect("! \(error)".hasPrefix(expected), "\(error)")
                #expect(!error.reason.contains("s3cr3t"))
            case nil: Issue.record("\(value) was forgotten")
            }
        }
    }
}
