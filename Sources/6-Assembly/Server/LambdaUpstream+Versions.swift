import AWS
import Bytes
import Gateway
import HTTP
import HTTPClient
import Policy
import Telemetry

/// A function's versions that share its calls, each with requests of its own.
struct PreparedVersions {
    private let route: VersionRoute
    private let functions: [PreparedFunction]
    private var turns = VersionTurns()

    /// - Parameter prepare: makes the function of a qualifier.
    init(
        _ route: VersionRoute,
        _ prepare: (String) throws(PreparationError) -> PreparedFunction
    ) throws(PreparationError) {
        self.route = route
        functions = try route.branches.map { (branch) throws(PreparationError) in
            try prepare(branch.qualifier)
        }
    }

    /// The one with the most calls.
    var heaviest: PreparedFunction { functions[route.heaviest] }

    /// The one that serves this call.
    mutating func next(for call: ToolCall) -> PreparedFunction { functions[call.branch(of: route, &turns)] }
}

/// Which calls of a function ask for the end of its log: the first of every so many, so that a function that is rarely
/// called is seen too.
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
    /// Counts the version that ran, and what Lambda reported of the call where that was asked for. Requests for a session
    /// are no calls.
    func note(_ answer: InvokeAnswer) {
        guard isCallingTool, let versions else { return }
        let bytes = answer.response.bytes.span
        guard let field = answer.response.fields.first(.executedVersion) else { return }
        versions.answered(by: bytes.extracting(field))
        if asksReport, let report = answer.report { note(report, bytes.extracting(field), versions) }
    }

    /// The same of a call that the function failed.
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
