import Bytes
import Config
import TOML
import Testing

struct TraceSettingsTests {
    private func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedConfig {
        let root = try TOMLDocument(parsing: text).root
        return try GatewayConfig.read(root, file: "etc/gateway.toml", environment: environment)
    }

    private func faults(_ text: String, _ environment: [String: String] = [:]) throws -> String {
        let error = try #require(throws: ConfigFaults.self) { try load(text, environment) }
        return error.faults.map { $0.description }.joined(separator: "\n")
    }

    @Test func `traces are off without an endpoint`() throws {
        #expect(try load("").config.traces == GatewayConfig.Traces())
        #expect(try load("[traces]\nsample = 0.1\nhonor_parent = true").config.traces.isEnabled == false)
    }

    @Test func `every key's value is read`() throws {
        let loaded = try load(
            """
            [traces]
            endpoint = "https://collector.example.com/otlp/"
            headers = { "x-api-key" = "${KEY}" }
            ca = "ca.pem"
            sample = 1
            honor_parent = false
            extra_per_second = 7
            queue_max = 1024
            interval = "2s"
            service_name = "tools"
            resource = { "deployment.environment.name" = "prod" }
            """,
            ["KEY": "s3cret"]
        )
        let traces = loaded.config.traces
        #expect(traces.url == "https://collector.example.com/otlp/v1/traces")
        #expect(traces.headers.map { $0.name } == ["x-api-key"])
        #expect(traces.headers.first?.value.revealedText == "s3cret")
        #expect(traces.ca == "etc/ca.pem")
        #expect(traces.sample == 1 && !traces.honorParent)
        #expect(traces.extraPerSecond == 7 && traces.queueMax == 1_024 && traces.interval == .seconds(2))
        #expect(traces.serviceName == "tools")
        #expect(traces.resource == ["deployment.environment.name": "prod"])
        #expect(!loaded.settings.contains { $0.value?.contains("s3cret") == true })
    }

    @Test func `variables of OpenTelemetry are read`() throws {
        let traces = try load(
            "",
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
                "OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=a%20b, x-team=c",
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25",
                "OTEL_SERVICE_NAME": "tools", "OTEL_RESOURCE_ATTRIBUTES": "a=1,b=x%2Cy",
            ]
        ).config.traces
        #expect(traces.url == "http://collector:4318/v1/traces")
        #expect(
            traces.headers.map { "\($0.name)=\($0.value.revealedText)" } == ["x-api-key=a b", "x-team=c"]
        )
        #expect(traces.sample == 0.25 && traces.honorParent)
        #expect(traces.serviceName == "tools" && traces.resource == ["a": "1", "b": "x,y"])
    }

    @Test func `the variable for traces is used as the whole URL, and the gateway's own takes precedence`()
        throws
    {
        let environment = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://one:4318",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://two:4318/in",
        ]
        #expect(try load("", environment).config.traces.url == "http://two:4318/in")
        let own = environment.merging(["MCP_GATEWAY_TRACES_ENDPOINT": "http://three:4318"]) { $1 }
        #expect(try load("", own).config.traces.url == "http://three:4318/v1/traces")
    }

    struct Sampler: Sendable {
        let name: String
        var argument: String?
        let sample: Double
        let honors: Bool
    }

    @Test(arguments: [
        Sampler(name: "always_on", sample: 1, honors: false),
        Sampler(name: "always_off", sample: 0, honors: false),
        Sampler(name: "traceidratio", argument: "0.5", sample: 0.5, honors: false),
        Sampler(name: "parentbased_always_on", sample: 1, honors: true),
        Sampler(name: "parentbased_always_off", sample: 0, honors: true),
        Sampler(name: "parentbased_traceidratio", sample: 1, honors: true),
    ])
    func `OpenTelemetry's names of samplers set the share and honor_parent`(_ row: Sampler) throws {
        var environment = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_SAMPLER": row.name,
        ]
        environment["OTEL_TRACES_SAMPLER_ARG"] = row.argument
        let traces = try load("", environment).config.traces
        #expect(traces.sample == row.sample && traces.honorParent == row.honors)
    }

    struct Wrong: Sendable {
        let text: String
        var environment: [String: String] = [:]
        let fault: String
    }

    @Test(arguments: [
        Wrong(text: "endpoint = \"collector:4318\"", fault: "must be a URL"),
        Wrong(text: "endpoint = \"http://u:p@collector\"", fault: "must not hold a user"),
        Wrong(text: "endpoint = \"http://collector/v1/traces\"", fault: "without /v1/traces"),
        Wrong(text: "headers = { x = \"plain\" }\nendpoint = \"http://c\"", fault: "not read from a file"),
        Wrong(text: "headers = { x = \"${NOWHERE}\" }\nendpoint = \"http://c\"", fault: "has no NOWHERE"),
        Wrong(
            text: "headers = { \"a b\" = \"${X}\" }\nendpoint = \"http://c\"",
            fault: "can't be the name of a header"
        ),
        Wrong(text: "headers = { Host = \"${X}\" }\nendpoint = \"http://c\"", fault: "by the gateway itself"),
        Wrong(text: "headers = \"x\"\nendpoint = \"http://c\"", fault: "must be a table"),
        Wrong(text: "sample = 1.5\nendpoint = \"http://c\"", fault: "a number of 0 to 1"),
        Wrong(text: "sample = nan\nendpoint = \"http://c\"", fault: "a number of 0 to 1"),
        Wrong(text: "sample = \"all\"\nendpoint = \"http://c\"", fault: "a number of 0 to 1"),
        Wrong(text: "queue_max = 5\nendpoint = \"http://c\"", fault: "512 to 1048576"),
        Wrong(text: "samples = 1\nendpoint = \"http://c\"", fault: "did you mean \"sample\""),
        Wrong(text: "sample = 0.5", fault: "needs traces.endpoint"),
        Wrong(text: "honor_parent = false", fault: "needs traces.endpoint"),
        Wrong(text: "headers = { x = \"${X}\" }", environment: ["X": "1"], fault: "needs traces.endpoint"),
        Wrong(text: "resource = { a = \"b\" }", fault: "needs traces.endpoint"),
        Wrong(
            text: "endpoint = \"http://c\"",
            environment: ["OTEL_TRACES_SAMPLER": "jaeger_remote"],
            fault: "must be always_on"
        ),
        Wrong(
            text: "endpoint = \"http://c\"",
            environment: ["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"],
            fault: "a number of 0 to 1"
        ),
        Wrong(
            text: "endpoint = \"http://c\"",
            environment: ["OTEL_EXPORTER_OTLP_HEADERS": "s3cret"],
            fault: "value not shown"
        ),
    ])
    func `an invalid setting is refused without being shown`(_ row: Wrong) throws {
        let text = try faults("[traces]\n\(row.text)", row.environment)
        #expect(text.contains(row.fault), "\(text)")
        #expect(!text.contains("s3cret") && !text.contains("plain\""))
    }

    @Test func `without an endpoint, variables for other programs are not faults`() throws {
        let environment = ["OTEL_SERVICE_NAME": "other", "OTEL_TRACES_SAMPLER": "always_on"]
        #expect(try load("", environment).config.traces.isEnabled == false)
    }

    @Test func `a changed secret counts as a change`() throws {
        let text = "[traces]\nendpoint = \"http://c\"\nheaders = { x = \"${X}\" }"
        let (old, new) = (try load(text, ["X": "1"]), try load(text, ["X": "2"]))
        #expect(old.changes(to: new) == ["traces.headers"])
    }
}
