import AWS
import Foundation
import TestSupport
import Testing

struct ProfilesTests {
    /// The parser's test suite that AWS's SDKs share.
    struct Suite: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            struct Input: Decodable, Sendable {
                let configFile: String?
                let credentialsFile: String?
            }
            struct Output: Decodable, Sendable {
                struct Config: Decodable, Sendable {
                    let profiles: [String: [String: String]]
                    let sso_sessions: [String: [String: String]]?
                }
                let config: Config?
                let errorContaining: String?
            }
            let name: String
            let input: Input
            let output: Output

            var testDescription: String { name }
        }
        let tests: [Case]
    }

    static let cases =
        SharedVectors.decoded(Suite.self, from: "aws-profiles/profile-parser-tests.json")?.tests ?? []

    @Test func `the suite, if present, is complete`() {
        #expect(Self.cases.isEmpty || Self.cases.count == 65)
    }

    @Test(arguments: cases)
    func `shared files are read as AWS's SDKs read them`(_ row: Suite.Case) {
        do throws(ProfileError) {
            let found = try Profiles(
                config: Profiles.File(path: "config", text: row.input.configFile ?? ""),
                credentials: Profiles.File(path: "credentials", text: row.input.credentialsFile ?? "")
            )
            #expect(found.profiles == row.output.config?.profiles)
            if let sessions = row.output.config?.sso_sessions { #expect(found.ssoSessions == sessions) }
        } catch {
            let wanted = row.output.errorContaining
            #expect(wanted.map { error.reason.contains($0) } == true, "\(error)")
        }
    }

    static let config = """
        \u{feff}# a comment
        [default]
        region = eu-west-1
        [profile dev] ; another
        Region=eu-central-1\t
        services = local
        name with space = x

        [services local]
        lambda =
          endpoint_url = http://127.0.0.1:9001/base
          Other=1
        s3 =
          endpoint_url = http://127.0.0.1:9002
        [sso-session corp]
        sso_region = us-east-1
        [broken name here]
        x = 1
        """

    @Test func `sections of every kind are read`() throws {
        let found = try settings(config: Self.config).profiles
        #expect(found.profiles["default"] == ["region": "eu-west-1"])
        #expect(found.profiles["dev"] == ["region": "eu-central-1", "services": "local"])
        #expect(found.services["local"]?["lambda"] == "\nendpoint_url = http://127.0.0.1:9001/base\nOther=1")
        #expect(found.ssoSessions["corp"] == ["sso_region": "us-east-1"])
        #expect(found.profiles.count == 2)
    }

    @Test(arguments: [
        ("[default]\n\nregion eu", 3, "Expected an '=' sign defining a property"),
        ("[default", 1, "Profile definition must end with ']'"),
        ("\n# c\nx = 1", 3, "Expected a profile definition, found a property"),
        ("[default]\r\n= 1\r\n", 2, "Property did not have a name"),
        ("[default]\n x", 2, "Expected a property definition, found continuation"),
        ("[default]\ns3 =\n x", 3, "Expected an '=' sign defining a sub-property"),
    ])
    func `an error names the file and the line`(_ text: String, _ line: Int, _ reason: String) {
        #expect(throws: ProfileError(path: "config", line: line, reason: reason)) {
            try settings(config: text)
        }
        #expect(throws: ProfileError(path: "credentials", line: line, reason: reason)) {
            try settings(credentials: text)
        }
        #expect("\(ProfileError(path: "f", line: line, reason: reason))" == "f, line \(line): \(reason)")
    }

    @Test func `the environment's files are read, and a missing one is empty`() throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover folder harms no test
        let file = folder.appendingPathComponent("my-config")
        let long = String(repeating: "# filler\n", count: 10_000)
        try (long + "[default]\nregion = eu-west-1\n").write(to: file, atomically: true, encoding: .utf8)
        let environment = AWSEnvironment(["AWS_CONFIG_FILE": file.path, "HOME": folder.path])
        let found = try AWSSettings(environment: environment)
        #expect(try found.region().name == "eu-west-1")
        #expect(environment.credentialsPath == folder.path + "/.aws/credentials")

        let error = #expect(throws: ProfileError.self) {
            try AWSSettings(environment: AWSEnvironment(["AWS_CONFIG_FILE": folder.path]))
        }
        #expect(error?.description == "cannot read \(folder.path): Is a directory")
        #expect(AWSEnvironment(["AWS_CONFIG_FILE": "~/c", "HOME": "/h"]).configPath == "/h/c")
        #expect(AWSEnvironment([:]).configPath == nil)
    }

    @Test func `no mutated file crashes the parser`() {
        var random = SplitMix(seed: 65)
        let original = Array(Self.config.utf8)
        let alphabet = Array("[]=#; \t\r\n\\profilesservicesdefault%é".utf8)
        var readable = 0
        for _ in 0..<1_500 {
            let text = String(decoding: random.mutated(original, adding: alphabet), as: UTF8.self)
            if let found = try? settings(config: text, credentials: text) {
                readable += 1
                #expect(found.profiles.profiles.values.allSatisfy { $0.keys.allSatisfy { !$0.isEmpty } })
            }
        }
        #expect(readable > 250)
    }
}
