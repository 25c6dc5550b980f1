import Bytes
@testable import Config
import Synchronization
import TOML
import Testing

/// Settings whose values are kept at AWS.
struct KeptValueTests {
    /// The kept values by the texts of their references, and the references that were requested.
    private final class Kept: Sendable {
        let values: [String: String]
        private let asked = Mutex<[String]>([])
        private let region = Mutex<String?>(nil)

        init(_ values: [String: String]) { self.values = values }

        var all: [String] { asked.withLock { $0 } }
        var askedIn: String? { region.withLock { $0 } }

        var reader: KeptValueReader {
            { aws, references in
                self.region.withLock { $0 = aws.region }
                self.asked.withLock { $0 += references.map { $0.text } }
                var found: [KeptValue: Result<Secret, KeptValueError>] = [:]
                for reference in references {
                    found[reference] =
                        self.values[reference.text].map { .success(Secret($0)) }
                        ?? .failure(KeptValueError("ResourceNotFoundException: no such value"))
                }
                return found
            }
        }
    }

    private func load(
        _ text: String,
        _ kept: Kept? = nil,
        environment: [String: String] = [:],
        needing needs: ConfigNeeds = .everything
    ) throws -> LoadedConfig {
        try GatewayConfig.read(
            try TOMLDocument(parsing: text).root,
            file: "gateway.toml",
            environment: environment,
            needing: needs,
            keptValues: kept?.reader
        )
    }

    private func faults(_ text: String, _ kept: Kept? = nil, needing needs: ConfigNeeds = .everything)
        -> [String]
    {
        do {
            return try load(text, kept, needing: needs).setAside.map { $0.description }
        } catch let error as ConfigFaults {
            return error.faults.map { $0.description }
        } catch {
            return ["\(error)"]
        }
    }

    static let text = """
        [agents]
        allowed_hosts = "${aws:ssm:/gateway/hosts}"
        [log]
        level = "${aws:ssm:/gateway/level}"
        [aws]
        region = "eu-central-1"
        access_key_id = "${aws:secretsmanager:gw/keys#id}"
        secret_access_key = "${aws:secretsmanager:gw/keys#secret}"
        [defaults]
        page_size = "${aws:ssm:/gateway/size}"
        """
    static let values = [
        "aws:ssm:/gateway/hosts": "a.example.com, b.example.com", "aws:ssm:/gateway/level": " debug\n",
        "aws:secretsmanager:gw/keys#id": "AKID\n", "aws:secretsmanager:gw/keys#secret": "hush-secret",
        "aws:ssm:/gateway/size": "77",
    ]

    @Test func `any setting may be kept at AWS, and its value is never shown`() throws {
        let kept = Kept(Self.values)
        let loaded = try load(Self.text, kept)
        #expect(loaded.config.agents.allowedHosts == ["a.example.com", "b.example.com"])
        #expect(loaded.config.log.level == .debug && loaded.config.defaults.pageSize == 77)
        #expect(loaded.config.aws.credentials?.accessKeyID.revealedText == "AKID")
        #expect(loaded.config.aws.credentials?.secretAccessKey == Secret("hush-secret"))
        #expect(kept.all == Self.values.keys.sorted())
        #expect(kept.askedIn == "eu-central-1")
        let shown = loaded.settings.filter { $0.value == "\"<redacted>\"" }.map { "\($0.key) \($0.origin)" }
        #expect(
            shown == [
                "allowed_hosts gateway.toml:2 (aws:ssm:/gateway/hosts)",
                "access_key_id gateway.toml:7 (aws:secretsmanager:gw/keys#id)",
                "secret_access_key gateway.toml:8 (aws:secretsmanager:gw/keys#secret)",
                "page_size gateway.toml:10 (aws:ssm:/gateway/size)",
                "level gateway.toml:4 (aws:ssm:/gateway/level)",
            ]
        )
        var dumped = "\(loaded)"
        dump(loaded.settings, to: &dumped)
        #expect(!dumped.contains("hush"))
    }

    @Test func `a changed value at AWS is a change of its setting`() throws {
        let old = try load(Self.text, Kept(Self.values))
        let new = try load(Self.text, Kept(Self.values.merging(["aws:ssm:/gateway/size": "78"]) { $1 }))
        #expect(old.changes(to: new) == ["defaults.page_size"])
        #expect(try old.changes(to: load(Self.text, Kept(Self.values))) == [])
    }

    @Test func `the environment takes precedence over a kept value`() throws {
        let variables = ["MCP_GATEWAY_LOG_LEVEL": "error", "MCP_GATEWAY_AWS_ACCESS_KEY_ID": "AKIDENV"]
        let loaded = try load(Self.text, Kept(Self.values), environment: variables)
        #expect(loaded.config.log.level == .error)
        #expect(loaded.config.aws.credentials?.accessKeyID.revealedText == "AKIDENV")
        let level = try #require(loaded.settings.first { $0.key == "level" })
        #expect(level.value == "\"error\"" && level.origin.description == "env MCP_GATEWAY_LOG_LEVEL")
    }

    @Test func `a kept value that can't be used is a fault of its setting`() {
        let size = Self.values.filter { $0.key != "aws:ssm:/gateway/size" }
        #expect(
            faults(Self.text, Kept(size)) == [
                "gateway.toml:10: defaults.page_size: ${aws:ssm:/gateway/size} can't be read: "
                    + "ResourceNotFoundException: no such value"
            ]
        )
        #expect(
            faults(Self.text, Kept(Self.values.merging(["aws:ssm:/gateway/size": "hush"]) { $1 })) == [
                "gateway.toml:10: defaults.page_size: what ${aws:ssm:/gateway/size} holds can't be a value of this "
                    + "setting (it isn't shown)"
            ]
        )
        #expect(
            faults(
                Self.text,
                Kept(Self.values.merging(["aws:secretsmanager:gw/keys#secret": "hu\u{1B}sh"]) { $1 })
            ) == [
                "gateway.toml:8: aws.secret_access_key: ${aws:secretsmanager:gw/keys#secret} holds a line break or "
                    + "another control character; set it again, to one line"
            ]
        )
        #expect(
            faults(Self.text, Kept(Self.values.merging(["aws:ssm:/gateway/level": " \n"]) { $1 })) == [
                "gateway.toml:4: log.level: ${aws:ssm:/gateway/level} is empty"
            ]
        )
    }

    @Test func `only needed values are read, and only unneeded secrets may be missing`() throws {
        let kept = Kept(Self.values)
        let store = try load(Self.text, kept, needing: .only(["store", "defaults"]))
        #expect(kept.all == ["aws:ssm:/gateway/size"])
        #expect(store.config.defaults.pageSize == 77 && !store.config.aws.isComplete)
        // `serve` reads the whole file, and needs the secrets of [aws].
        let local = "[local_lambda]\naccess_key_id = \"${aws:ssm:/x}\"\n"
        let loaded = try load(Self.text + "\n" + local, kept, needing: .wholeFile(references: ["aws"]))
        #expect(loaded.setAside.map { $0.key } == ["local_lambda.access_key_id"])
        #expect(!loaded.config.localLambda.isComplete)
        // Without a reader for kept values, no default may replace them.
        #expect(faults(Self.text, needing: .wholeFile(references: [])).contains { $0.contains("log.level") })
    }

    @Test(arguments: [
        (
            "[log]\nlevel = \"${aws:kms:x}\"",
            "what is kept at AWS is named as ${aws:secretsmanager:NAME} or ${aws:ssm:PATH}"
        ),
        ("[log]\nlevel = \"${aws:ssm:}\"", "the reference names no secret and no parameter"),
        ("[log]\nlevel = \"${aws:ssm:/x#}\"", "the reference names no secret and no parameter"),
        ("[log]\nlevel = \"${aws:ssm:/x y}\"", "the reference names no secret and no parameter"),
        ("[log]\nlevel = \"${aws:ssm:/x}y\"", "a ${aws:…} reference must be the whole value"),
        ("[log]\nlevel = \"x${aws:ssm:/x}\"", "a ${NAME} reference is read only where a secret belongs"),
        ("[aws]\nregion = \"${aws:ssm:/x}\"", "must be written here, as it says how AWS is asked"),
        ("[aws]\naccess_key_id = \"hush\"", "a secret is not read from a file"),
    ])
    func `an invalid reference is refused`(_ text: String, _ expected: String) {
        let found = faults(text, Kept([:]))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
        #expect(!found.contains { $0.contains("hush") })
    }
}
