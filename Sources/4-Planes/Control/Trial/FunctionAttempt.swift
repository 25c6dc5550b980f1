import AWS
import Bytes
import Contracts
import HTTPClient
package import Store

/// The result of sending one event to a function as an operator's test: Lambda's permission, the answer, and the time
/// and memory it took.
package struct FunctionAttempt: Sendable {
    /// Whether the credentials may invoke the function, as Lambda itself answers without running it.
    package enum Permission: Sendable, Equatable {
        case allowed
        /// The code is AWS's; the error's hint says which permission is missing.
        case denied(code: String, ToolSourceError)
        /// Lambda couldn't be asked, or gave another answer.
        case unknown(ToolSourceError)
        /// The source has no way to ask.
        case unasked
    }

    /// The function's name or ARN, as it was asked for.
    package var function: String
    package var qualifier: String?
    package var permission: Permission
    /// `nil` when nothing was sent, because that is denied or wasn't wanted.
    package var outcome: Result<ToolSourceAnswer, ToolSourceError>?
    /// The HTTP status of the answer to the event; 200 also when the function failed.
    package var status: Int?
    package var sentBytes = 0
    /// The bytes of the client context's JSON; `nil` without one.
    package var clientContextBytes: Int?
    /// The time from the event's first byte to the answer's last.
    package var roundTripUs = 0
    package var executedVersion: String?
    package var requestID: String?
    /// Lambda's report of the invocation, from the end of the function's log.
    var report: InvocationReport?

    package init(function: String, qualifier: String? = nil, permission: Permission) {
        self.function = function
        self.qualifier = qualifier
        self.permission = permission
    }

    /// How long the handler ran, without the function's start.
    package var durationUs: Int? { report?.durationUs }
    /// How long the function took to start; nil if it was running already.
    package var initUs: Int? { report?.initUs }
    package var billedMs: Int? { report?.billedMs }
    package var memoryMB: Int? { report?.memoryMB }
    package var memoryUsedMB: Int? { report?.memoryUsedMB }
    package var receivedBytes: Int? {
        if case .success(let answer) = outcome { answer.payload.count } else { nil }
    }
}

extension ToolSource {
    /// For a source other than Lambda, which can't be asked for permission and reports only the answer.
    package func attempt(_ target: TargetSpec, _ event: TrialEvent?, timeout: Duration) async
        -> FunctionAttempt
    {
        var attempt = FunctionAttempt(
            function: target.function,
            qualifier: target.qualifier,
            permission: .unasked
        )
        guard let event else { return attempt }
        attempt.sentBytes = event.content.payload.count
        let start = ContinuousClock.now
        do throws(ToolSourceError) {
            attempt.outcome = .success(
                try await invoke(target, payload: event.content.payload, timeout: timeout)
            )
            attempt.status = 200
        } catch {
            attempt.outcome = .failure(error)
        }
        attempt.roundTripUs = microseconds(start.duration(to: .now))
        return attempt
    }
}

extension LambdaToolSource {
    /// Asks with a DryRun first; if that is denied, the event isn't sent, because it would be denied too.
    package func attempt(_ target: TargetSpec, _ event: TrialEvent?, timeout: Duration) async
        -> FunctionAttempt
    {
        var attempt = FunctionAttempt(
            function: target.function,
            qualifier: qualifier(of: target),
            permission: await permission(target, timeout: timeout)
        )
        guard let event else { return attempt }
        if case .denied = attempt.permission { return attempt }
        attempt.sentBytes = event.content.payload.count
        attempt.clientContextBytes = event.content.clientContext?.count
        var options = InvokeOptions()
        options.timeout = timeout
        options.clientContext = event.content.clientContext
        options.wantsLogTail = true
        let start = ContinuousClock.now
        let outcome = await outcome(target, event.content.payload, options)
        attempt.roundTripUs = microseconds(start.duration(to: .now))
        switch outcome {
        case .success(let answer):
            attempt.outcome = .success(
                ToolSourceAnswer(bytes: answer.response.bytes, payload: answer.payload)
            )
            attempt.status = answer.status
            attempt.executedVersion = answer.executedVersion
            attempt.requestID = answer.requestID
            attempt.report = answer.report
        case .failure(.lambda(let error, let function)):
            attempt.outcome = .failure(
                ToolSourceError(error, function: function, isCall: event.isCall, showsLog: true)
            )
            attempt.status = error.status
            attempt.executedVersion = error.executedVersion
            attempt.requestID = error.requestID
            attempt.report = error.report
        case .failure(.unprepared(let error)): attempt.outcome = .failure(error)
        }
        return attempt
    }

    private func permission(_ target: TargetSpec, timeout: Duration) async -> FunctionAttempt.Permission {
        var options = InvokeOptions()
        options.timeout = timeout
        options.invocationType = .dryRun
        switch await outcome(target, ByteBuffer("{}"), options) {
        case .success: return .allowed
        case .failure(.unprepared(let error)): return .unknown(error)
        case .failure(.lambda(let error, let function)):
            let told = ToolSourceError(error, function: function)
            guard error.kind == .accessDenied else { return .unknown(told) }
            return .denied(code: error.code, told)
        }
    }
}

private func microseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
}
