import AWS
import Bytes
import Gateway
import HTTP
import HTTPClient
import Policy
import Telemetry

/// The versions of a function that share its calls, each with its own prepared requests.
struct PreparedVersions {
    private let route: VersionRoute
    private let functions: [PreparedFunction]
    private var turns = VersionTurns()

    /// - Parameter prepare: makes the function for a qualifier.
    init(
        _ route: VersionRoute,
        _ prepare: (String) throws(PreparationError) -> PreparedFunction
    ) throws(PreparationError) {
        self.route = route
        functions = try route.branches.map { (branch) throws(PreparationError) in
            try prepare(branch.qualifier)
        }
    }

    /// The version that gets the most calls.
    var heaviest: PreparedFunction { functions[route.heaviest] }

    /// The version that serves this call.
    mutating func next(for call: ToolCall) -> PreparedFunction { functions[call.branch(of: route, &turns)] }
}

/// Decides which calls of a function ask for the end of its log: one in `sampledOneIn`, beginning with the first, so
/// that a rarely called function is sampled too.
struct ReportSampling: Equatable {
    static let sampledOneIn = 64

    private let oneIn: Int
    private var count = 0

    init(_ choice: LogTailChoice) {
        oneIn =
            switch choice {
            case .off: 0
            case .sampled: Self.sampledOneIn
            case .all: 1
            }
    }

    mutating func next() -> Bool {
        guard oneIn > 0 else { return false }
        defer { count = count + 1 == oneIn ? 0 : count + 1 }
        return count == 0
    }
}

extension ToolCall {
    /// Counts the version that ran, and Lambda's report of the call if the call asked for it. Requests for a session
    /// aren't counted, as they aren't calls.
    func note(_ answer: InvokeAnswer) {
        guard isCallingTool, let versions else { return }
        let bytes = answer.response.bytes.span
        guard let field = answer.response.fields.first(.executedVersion) else { return }
        versions.answered(by: bytes.extracting(field))
        if asksReport, let report = answer.report { note(report, bytes.extracting(field), versions) }
    }

    /// Counts the same of a function that has streamed its answer.
    func note(_ completion: InvokeCompletion, of stream: InvokeStream) {
        guard isCallingTool, let versions, let version = stream.executedVersion else { return }
        versions.answered(by: version.utf8.span)
        if asksReport, let report = completion.report { note(report, version.utf8.span, versions) }
    }

    /// Counts the version that ran a call which the function failed.
    func note(_ error: LambdaError) {
        guard isCallingTool, let version = error.executedVersion, let versions else { return }
        versions.answered(by: version.utf8.span)
        if asksReport, let report = error.report { note(report, version.utf8.span, versions) }
    }

    private func note(_ report: InvocationReport, _ version: Span<UInt8>, _ versions: TargetVersions) {
        let report = ReportedCall(report)
        versions.reported(report, by: version)
        reported(report)
    }
}

extension ReportedCall {
    init(_ report: InvocationReport) {
        self.init(
            initUs: report.initUs,
            billedMs: report.billedMs,
            memorySizeMB: report.memoryMB,
            memoryUsedMB: report.memoryUsedMB
        )
    }
}
