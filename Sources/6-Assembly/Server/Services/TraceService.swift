import Bytes
import Config
import Control
import Curl
import EventLoop
import Gateway
import HTTPClient
import OTLP
import Store
import Synchronization
import System
import Telemetry
import Tracing

/// Sends the spans of calls, refreshes and publications to a collector, if the settings name one.
///
/// The operator chooses the collector's address, so every address is allowed; redirects aren't followed.
final class TraceService: CallTaking {
    let name = "traces"
    let startingWords = "the way to the collector of traces is being made"
    /// How long the gateway's shutdown waits for unsent spans.
    static let patience = Duration.seconds(5)

    private struct Running {
        let exporter: SpanExporter
        let client: LoopBound<CurlClient>
    }

    /// The id of this process: a UUID of version 4. Source: RFC 9562 §5.4
    private let instanceID = ID128(
        high: .random(in: .min ... .max) & ~0xF000 | 0x4000,
        low: .random(in: .min ... .max) & ~(0b11 << 62) | 0b10 << 62
    ).uuid
    private let context: GatewayContext
    private let sampling: TraceSampling?
    private let running = Locked<Running?>(nil)
    /// The tracer of refreshes and publications, which come from any thread.
    private let workTracer: Locked<CallTracer>

    init(_ context: GatewayContext) {
        self.context = context
        let config = context.config.traces
        sampling = config.isEnabled ? TraceSampling(config) : nil
        workTracer = Locked(CallTracer(sampling))
    }

    /// The tracer for one loop's calls.
    func callTracer() -> CallTracer { CallTracer(sampling, loops: context.loopCount) }

    var taker: (any CallBatchTaker)? { running.withLock { $0?.exporter } }

    func start() async throws(StartFailure) {
        guard context.config.traces.isEnabled else { return }
        let settings = try exporterSettings()
        let (control, log) = (context.control, context.log.module(.traces))
        let configuration = try clientConfiguration()
        let client: LoopBound<CurlClient>
        do throws(HTTPClientError) {
            client = try await LoopBound.make(on: control) { () throws(HTTPClientError) in
                try CurlClient(loop: control, configuration: configuration)
            }
        } catch {
            throw StartFailure("traces: \(error)")
        }
        let exporter = await client.run { client in
            SpanExporter(settings, loop: control, transport: client) { Self.write($0, to: log) }
        }
        running.withLock { $0 = Running(exporter: exporter, client: client) }
        context.reports.traces { exporter.figures }
        context.live.traces {
            let counts = exporter.counts
            return counts.failing.map {
                ServerStatus.Traces(failing: $0.reason, sinceMs: $0.sinceMs, dropped: counts.droppedInAll)
            }
        }
        exporter.start()
        context.publisher.tell { [weak self] publication in
            self?.note(TracedWork(publication, endUs: WallClock.nowMs() * 1_000))
        }
    }

    func stop() async {
        let running = running.withLock { exchange(&$0, with: nil) }
        guard let running else { return }
        await running.exporter.stop(within: Self.patience)
        await running.client.run { $0.close() }
    }

    /// Traces work that no caller asked for. It always gets a trace of its own; the configured share is sent, and every
    /// trace of work that failed. Any thread.
    func note(_ work: TracedWork) {
        guard let exporter = running.withLock({ $0?.exporter }) else { return }
        let trace = workTracer.withLock { $0.begin(under: nil, epochSeconds: work.startUs / 1_000_000) }
        guard trace.isSampled || work.failure != nil else { return }
        exporter.take(work.span(in: trace))
    }

    // MARK: Settings

    private func exporterSettings() throws(StartFailure) -> SpanExporter.Settings {
        let config = context.config.traces
        guard let place = config.url.flatMap({ Endpoint(url: $0) }) else {
            throw StartFailure("traces.endpoint can't be used as a URL")
        }
        // The part of the URL after the host becomes the request's path.
        let endpoint = Endpoint(scheme: place.scheme, host: place.host, port: place.port)
        var settings = SpanExporter.Settings(
            endpoint: endpoint,
            source: SpanSource(resource: resource(config), version: gatewayVersion)
        )
        settings.path = place.pathPrefix.isEmpty ? "/" : place.pathPrefix
        settings.headers = config.headers.map { ($0.name, $0.value) }
        settings.queueMax = config.queueMax
        settings.interval = config.interval
        settings.failuresPerSecond = config.extraPerSecond
        settings.maker = CallSpans(
            defaultRegion: context.config.aws.region ?? context.environment["AWS_DEFAULT_REGION"]
        )
        return settings
    }

    private func clientConfiguration() throws(StartFailure) -> CurlClient.Configuration {
        var configuration = CurlClient.Configuration()
        do throws(ProxyVariableError) {
            configuration.proxies = try ProxySettings(environment: context.environment)
        } catch {
            throw StartFailure("\(error)")
        }
        configuration.requestsMax = 4
        if let ca = context.config.traces.ca {
            guard Files.exists(ca) else { throw StartFailure("traces.ca: there is no file \(ca)") }
            configuration.caFile = ca
        }
        return configuration
    }

    /// Attributes from the settings win over the gateway's, except `service.name`, which has a setting of its own.
    private func resource(_ config: GatewayConfig.Traces) -> [Span.Attribute] {
        var names = config.resource
        names["service.name"] = config.serviceName
        names["service.version"] = names["service.version"] ?? gatewayVersion
        names["service.instance.id"] = names["service.instance.id"] ?? instanceID
        names["telemetry.sdk.name"] = "mcp-gateway"
        names["telemetry.sdk.language"] = "swift"
        names["telemetry.sdk.version"] = gatewayVersion
        return names.sorted { $0.key < $1.key }.map { Span.Attribute($0.key, .text($0.value)) }
    }

    // MARK: Log

    private static func write(_ event: SpanExporter.Event, to log: GatewayLog) {
        switch event {
        case .failing(let reason):
            log.write(
                .warning,
                "spans can't be sent to the collector; what finds no room meanwhile is dropped",
                [("error", reason)]
            )
        case .works: log.write(.info, "spans are sent to the collector again")
        case .partly(let refused, let reason):
            log.write(
                .warning,
                refused > 0
                    ? "the collector refused some spans"
                    : "the collector has something to say about the spans",
                [("spans", "\(refused)"), ("error", reason)]
            )
        }
    }
}

extension TraceSampling {
    init(_ config: GatewayConfig.Traces) {
        self.init(
            share: config.sample,
            honorsParent: config.honorParent,
            extraPerSecond: config.extraPerSecond
        )
    }
}

extension TracedWork {
    /// The span of refreshing one target's tools.
    init(_ report: CatalogRefresh.Report, endUs: Int64) {
        self.init(
            "refresh \(report.name)",
            startUs: endUs - Int64(report.durationMs) * 1_000,
            endUs: endUs,
            attributes: [
                Span.Attribute("mcp.method.name", .text("tools/list")),
                Span.Attribute("mcp_gateway.target", .text(report.name)),
                Span.Attribute("mcp_gateway.tools.added", .integer(Int64(report.counts.added))),
                Span.Attribute("mcp_gateway.tools.updated", .integer(Int64(report.counts.updated))),
                Span.Attribute("mcp_gateway.tools.removed", .integer(Int64(report.counts.removed))),
                Span.Attribute("mcp_gateway.tools.unchanged", .integer(Int64(report.counts.unchanged))),
            ],
            // The log has the reason; here it is left out, as it may repeat the function's own words.
            failure: report.error == nil ? nil : ("refresh_failed", "the target's tools can't be read")
        )
    }

    /// The span of publishing a state.
    init(_ publication: Publication, endUs: Int64) {
        self.init(
            "publication",
            startUs: endUs - Int64(publication.tookNs / 1_000),
            endUs: endUs,
            attributes: [
                Span.Attribute("mcp_gateway.targets", .integer(Int64(publication.targets))),
                Span.Attribute("mcp_gateway.tools", .integer(Int64(publication.tools))),
                Span.Attribute("mcp_gateway.tenants", .integer(Int64(publication.tenants))),
                Span.Attribute("mcp_gateway.derive_us", .integer(Int64(publication.deriveNs / 1_000))),
            ]
        )
    }
}
