package import Bytes
import HTTP
import Text
import TOML

extension GatewayConfig {
    /// The settings of traces: spans of calls that are sent to a collector. Off while there is no endpoint.
    package struct Traces: Sendable, Equatable {
        /// A header field of each request to the collector.
        package struct Header: Sendable, Equatable {
            package var name: String
            package var value: Secret

            package init(name: String, value: Secret) {
                self.name = name
                self.value = value
            }
        }

        /// The URL that spans are sent to, including its path; nil to send none.
        package var url: String?
        package var headers: [Header] = []
        /// The path of a PEM file with the issuers to trust for the collector's certificate; the system's when nil.
        package var ca: String?
        /// The share of the traces beginning here that is sampled: 0...1.
        package var sample = 0.1
        package var honorParent = true
        /// Calls per second that may be traced in addition to the sampled share: 0...1,000,000.
        package var extraPerSecond = 100
        /// The most spans that may wait to be sent: 512...1,048,576.
        package var queueMax = 8_192
        /// How long a span waits for others to be sent with: 1...300 s.
        package var interval = Duration.seconds(5)
        package var serviceName = "mcp-gateway"
        /// More attributes of this process: `deployment.environment.name` and the like.
        package var resource: [String: String] = [:]

        package init() {}

        package var isEnabled: Bool { url != nil }
    }

    mutating func readTraces(_ reader: inout SettingsReader, folder: String) {
        let section = "traces"
        let base = reader.readOptional(
            section,
            "endpoint",
            as: .string(checkCollector),
            aliases: ["OTEL_EXPORTER_OTLP_ENDPOINT"]
        )
        traces.url = base.map { withoutSlashes($0) + "/v1/traces" }
        // This variable's URL is used unchanged. Source: OpenTelemetry specification, "OTLP exporter configuration"
        if let whole = reader.variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            reader.variable("MCP_GATEWAY_TRACES_ENDPOINT") == nil
        {
            if let fault = checkEndpoint(whole) {
                reader.refuse(variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", of: section, fault)
            } else {
                traces.url = whole
                reader.override(
                    section,
                    "endpoint",
                    tomlString(whole),
                    variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
                )
            }
        }
        traces.headers =
            reader.readSecrets(section, "headers", alias: "OTEL_EXPORTER_OTLP_HEADERS", checkHeaderName)
            .map { Traces.Header(name: $0.name, value: $0.value) }
        traces.ca = reader.readOptional(
            section,
            "ca",
            as: .path(in: folder),
            aliases: ["OTEL_EXPORTER_OTLP_CERTIFICATE"]
        )
        reader.read(section, "sample", into: &traces.sample, as: .share)
        reader.read(section, "honor_parent", into: &traces.honorParent, as: .boolean)
        readSampler(&reader)
        reader.read(section, "extra_per_second", into: &traces.extraPerSecond, as: .integer(0...1_000_000))
        reader.read(section, "queue_max", into: &traces.queueMax, as: .integer(512...1 << 20, " spans"))
        reader.read(section, "interval", into: &traces.interval, as: .seconds(1...300))
        reader.read(
            section,
            "service_name",
            into: &traces.serviceName,
            as: .string(checkServiceName),
            aliases: ["OTEL_SERVICE_NAME"]
        )
        traces.resource =
            reader.readOptional(
                section,
                "resource",
                as: .attributes,
                aliases: ["OTEL_RESOURCE_ATTRIBUTES"]
            ) ?? [:]
        checkTraces(&reader)
    }

    /// Reads `OTEL_TRACES_SAMPLER` and its argument, which set `sample` and `honor_parent`.
    /// Source: OpenTelemetry specification, "General SDK configuration"
    private mutating func readSampler(_ reader: inout SettingsReader) {
        let variable = "OTEL_TRACES_SAMPLER"
        guard let name = reader.variable(variable), reader.variable("MCP_GATEWAY_TRACES_SAMPLE") == nil else {
            return
        }
        let isParentBased = name.hasPrefix("parentbased_")
        let share: Double
        switch isParentBased ? String(name.dropFirst("parentbased_".count)) : name {
        case "always_on": share = 1
        case "always_off": share = 0
        case "traceidratio":
            guard let text = reader.variable("OTEL_TRACES_SAMPLER_ARG") else {
                share = 1
                break
            }
            guard let number = Double(text), 0...1 ~= number else {
                return reader.refuse(
                    variable: "OTEL_TRACES_SAMPLER_ARG",
                    of: "traces",
                    "must be a number of 0 to 1"
                )
            }
            share = number
        default:
            return reader.refuse(
                variable: variable,
                of: "traces",
                "must be always_on, always_off or traceidratio, or one of them after parentbased_"
            )
        }
        traces.sample = share
        reader.override("traces", "sample", SettingForm<Double>.share.show(share), variable: variable)
        guard reader.variable("MCP_GATEWAY_TRACES_HONOR_PARENT") == nil else { return }
        traces.honorParent = isParentBased
        reader.override("traces", "honor_parent", "\(isParentBased)", variable: variable)
    }

    /// Checks the combination of trace settings. OpenTelemetry's variables aren't refused here, because they may be
    /// meant for other programs.
    private mutating func checkTraces(_ reader: inout SettingsReader) {
        if let form = reader.variable("OTEL_EXPORTER_OTLP_PROTOCOL"), form != "http/protobuf",
            traces.isEnabled
        {
            reader.add(
                note:
                    "OTEL_EXPORTER_OTLP_PROTOCOL is \(brief(form)), and spans are sent by http/protobuf alone: "
                    + "traces.endpoint must be the collector's port for that, which is mostly 4318"
            )
        }
        guard !traces.isEnabled else { return }
        let builtIn = Traces()
        let isOther: [(key: String, isSet: Bool)] = [
            ("headers", reader.table("traces")?.member("headers") != nil), ("ca", traces.ca != nil),
            ("sample", traces.sample != builtIn.sample),
            ("honor_parent", traces.honorParent != builtIn.honorParent),
            ("extra_per_second", traces.extraPerSecond != builtIn.extraPerSecond),
            ("queue_max", traces.queueMax != builtIn.queueMax),
            ("interval", traces.interval != builtIn.interval),
            ("service_name", traces.serviceName != builtIn.serviceName),
            ("resource", !traces.resource.isEmpty),
        ]
        // An endpoint that was refused already has its own fault.
        guard reader.table("traces")?.member("endpoint") == nil else { return }
        for entry in isOther where entry.isSet && !reader.isFromOthers("traces", entry.key) {
            reader.refuse("traces", entry.key, "needs traces.endpoint as well: where spans are sent")
        }
    }
}

private func withoutSlashes(_ text: String) -> String {
    var text = text[...]
    while text.hasSuffix("/") { text.removeLast() }
    return String(text)
}

/// Checks the base URL of a collector.
private func checkCollector(_ text: String) -> String? {
    if let fault = checkEndpoint(text) {
        return text.contains("@")
            ? fault : "must be a URL such as \"http://127.0.0.1:4318\", not \(brief(text))"
    }
    return withoutSlashes(text).hasSuffix("/v1/traces")
        ? "must be the collector's URL without /v1/traces, which is added" : nil
}

/// Checks the name of a header field, which must not be one that the exporter writes itself.
private func checkHeaderName(_ name: String) -> String? {
    let isToken =
        1...64 ~= name.utf8.count
        && name.utf8.allSatisfy {
            $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    guard isToken else { return "can't be the name of a header field" }
    let own = ["content-type", "content-length", "host", "transfer-encoding", "connection", "expect"]
    return own.contains(name.lowercased()) ? "is written by the gateway itself" : nil
}

private func checkServiceName(_ text: String) -> String? {
    1...255 ~= text.utf8.count ? nil : "must have 1 to 255 bytes"
}

extension SettingForm where Value == Double {
    /// A number of 0 to 1.
    static var share: Self {
        let wanted = "a number of 0 to 1"
        return Self(
            fromFile: { value throws(Refusal) in
                let number: Double
                switch value.content {
                case .float(let float): number = float
                case .integer(let integer): number = Double(integer)
                default: throw Refusal("must be \(wanted), not \(value.kindInWords)")
                }
                guard 0...1 ~= number else { throw Refusal("must be \(wanted), not \(number)") }
                return number
            },
            fromText: { text throws(Refusal) in
                guard let number = Double(text), 0...1 ~= number else { throw Refusal("must be \(wanted)") }
                return number
            },
            show: { "\($0)" }
        )
    }
}

extension SettingForm where Value == [String: String] {
    /// A table of strings; in the environment `name=value,…`, where values may be percent-encoded.
    /// Source: OpenTelemetry specification, "Specifying resource information via an environment variable"
    static var attributes: Self {
        let check: @Sendable ([String: String]) throws(Refusal) -> [String: String] = {
            pairs throws(Refusal) in
            guard pairs.count <= 64 else {
                throw Refusal("must hold at most 64 attributes, not \(pairs.count)")
            }
            for (name, value) in pairs where !(1...255 ~= name.utf8.count) || value.utf8.count > 1_024 {
                throw Refusal("\(brief(name)): a name may have 255 bytes, and a value 1024")
            }
            return pairs
        }
        return Self(
            fromFile: { value throws(Refusal) in try check(Self.names.fromFile(value)) },
            fromText: { text throws(Refusal) in
                guard let pairs = variablePairs(text) else { throw Refusal("must be name=value,name=value") }
                return try check(Dictionary(pairs.map { ($0.name, $0.value) }) { _, last in last })
            },
            show: { Self.names.show($0) }
        )
    }
}

/// The pairs in `name=value,…` with percent-encoding; nil for anything else. Source: W3C Baggage §3.2
func variablePairs(_ text: String) -> [(name: String, value: String)]? {
    var pairs: [(name: String, value: String)] = []
    for part in text.split(separator: ",") {
        guard let equals = part.firstIndex(of: "="),
            let name = percentDecoded(trimmed(part[..<equals])), !name.isEmpty,
            let value = percentDecoded(trimmed(part[part.index(after: equals)...])),
            !OutsideValue.holdsControl(name), !OutsideValue.holdsControl(value)
        else { return nil }
        pairs.append((name, value))
    }
    return pairs
}

private func percentDecoded(_ text: String) -> String? {
    guard text.contains("%") else { return text }
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            out.append(byte)
            continue
        }
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        else { return nil }
        out.append(value)
        rest = rest.dropFirst(2)
    }
    return String(validating: out, as: UTF8.self)
}
