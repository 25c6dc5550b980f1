import Locks
import MCP
import Synchronization

/// Durations of MCP operations, under the names that OpenTelemetry's conventions give them in Prometheus: the gateway
/// as the agents' server, and as the functions' client. Any thread.
///
/// Bounded: `seriesMax` pairs of tool and outcome have durations of their own, later ones are counted under the tool
/// `other`. A pair takes 300 bytes.
/// Source: OpenTelemetry, "Semantic conventions for Model Context Protocol (MCP)", Metrics; for the spelling
/// "Prometheus and OpenMetrics Compatibility", Metric Metadata
package final class OperationMetrics: Sendable {
    /// Methods of MCP that ask no function, as the convention lists them, that this server answers.
    package static let methods = [
        "initialize", "ping", "tools/list", "server/discover", "prompts/list", "resources/list",
        "resources/templates/list",
    ]
    /// The method that all other methods are counted under.
    package static let otherMethod = "_OTHER"

    private struct Name: Hashable {
        let tool: String
        let outcome: CallOutcome
    }

    private let seriesMax: Int
    private let calls = Locked<[Name: CallOperation]>([:])
    /// [position in `methods`], then all others; each [success, failure]
    private let served: [[OperationHistogram]]
    /// The gateway's own reads of functions' lists: [success, failure]
    private let lists = [OperationHistogram(.operation), OperationHistogram(.operation)]

    init(seriesMax: Int) {
        self.seriesMax = seriesMax
        served = (Self.methods + [Self.otherMethod]).map { _ in
            [OperationHistogram(.operation), OperationHistogram(.operation)]
        }
    }

    /// The histograms for a tool's calls with that outcome. Takes a lock: once for each pair.
    func call(tool: String, _ outcome: CallOutcome) -> CallOperation {
        calls.withLock { calls in
            let name = Name(tool: tool, outcome: outcome)
            if let known = calls[name] { return known }
            let kept = calls.count < seriesMax ? name : Name(tool: "other", outcome: outcome)
            if let known = calls[kept] { return known }
            let operation = CallOperation()
            calls[kept] = operation
            return operation
        }
    }

    /// Records that a request other than a call was answered.
    /// - Parameter method: a position in `methods`; nil for any other method.
    package func served(method: Int?, isError: Bool, nanoseconds: UInt64) {
        served[method ?? Self.methods.count][isError ? 1 : 0].observe(nanoseconds: nanoseconds)
    }

    /// Records that a function's list of tools was read, or couldn't be.
    package func listed(isError: Bool, nanoseconds: UInt64) {
        lists[isError ? 1 : 0].observe(nanoseconds: nanoseconds)
    }

    func write(to writer: inout MetricsWriter) {
        let calls = calls.withLock { $0.map { ($0.key, $0.value) } }
            .sorted { ($0.0.tool, $0.0.outcome.rawValue) < ($1.0.tool, $1.0.outcome.rawValue) }
        writer.family(
            "mcp_server_operation_duration_seconds",
            .histogram,
            "From an agent's MCP request to its answer, as OpenTelemetry's conventions name it."
        )
        for (method, histograms) in zip(Self.methods + [Self.otherMethod], served) {
            for (histogram, error) in zip(histograms, [nil, "_OTHER"]) {
                Self.write(histogram, method, tool: nil, error: error, to: &writer)
            }
        }
        for (name, call) in calls {
            Self.write(
                call.server,
                "\(CatalogKind(catalogName: name.tool).askMethod)",
                tool: name.tool,
                error: name.outcome.serverErrorType,
                to: &writer
            )
        }
        writer.family(
            "mcp_client_operation_duration_seconds",
            .histogram,
            "From a request to a function to its answer, as OpenTelemetry's conventions name it."
        )
        for (histogram, error) in zip(lists, [nil, "_OTHER"]) {
            Self.write(histogram, "tools/list", tool: nil, error: error, to: &writer)
        }
        for (name, call) in calls {
            Self.write(
                call.client,
                "\(CatalogKind(catalogName: name.tool).askMethod)",
                tool: name.tool,
                error: name.outcome.clientErrorType,
                to: &writer
            )
        }
    }

    /// One series, if anything was counted.
    private static func write(
        _ histogram: OperationHistogram,
        _ method: String,
        tool: String?,
        error: String?,
        to writer: inout MetricsWriter
    ) {
        let reading = histogram.read()
        guard reading.count > 0 else { return }
        var labels = [("mcp_method_name", method), ("network_transport", "tcp")]
        if let tool, CatalogKind(catalogName: tool) == .prompt {
            labels.append(("gen_ai_prompt_name", CatalogKind.prompt.ownName(tool)))
        } else if let tool, CatalogKind(catalogName: tool) == .tool {
            labels.append(("gen_ai_operation_name", "execute_tool"))
            labels.append(("gen_ai_tool_name", tool))
        }
        if let error { labels.append(("error_type", error)) }
        writer.sample(labels, reading)
    }
}

/// Durations of one tool's calls that ended in one way.
final class CallOperation: Sendable {
    /// The durations as agents see them.
    let server = OperationHistogram(.operation)
    /// The functions' part of these durations.
    let client = OperationHistogram(.operation)
}

extension CallOutcome {
    /// The convention's `error.type` as a server: a JSON-RPC error's code if there is one, else a word; nil for no
    /// error.
    var serverErrorType: String? {
        switch self {
        case .ok: nil
        case .limited: "429"
        case .tooBusy: "503"
        case .refused: "-32602"
        default: label
        }
    }

    /// The convention's `error.type` when the gateway is the client.
    var clientErrorType: String? { self == .ok ? nil : label }
}
