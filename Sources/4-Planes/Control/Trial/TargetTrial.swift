import Bytes
import Calendar
package import Contracts
import EventLoop
import MCP
package import Model
import Policy
import Store
import Synchronization
import Text

/// The result of testing a target, without storing anything.
package struct TargetTrial: Sendable {
    /// The event that was sent to the function.
    package enum Event: String, Sendable, CaseIterable {
        /// A request for the tools.
        case list
        /// A call of a tool.
        case call
        /// None: Lambda was only asked whether the function may be invoked, or the tools are declared.
        case nothing
    }

    /// The target's name.
    package let name: String
    package let contract: Contract
    package let event: Event
    /// The tool that was called.
    package var tool: String?
    package var durationMs = 0
    /// `nil` when there is no list.
    package var listing: ToolListing?
    /// The form of the answer, in a phrase; `nil` when there was no answer.
    package var shape: String?
    /// The beginning of the answer, without anything that may be a credential.
    package var excerpt: String?
    /// Why the test failed; `nil` after a success.
    package var error: String?
    /// The exchange with Lambda; `nil` when Lambda wasn't asked.
    package var attempt: FunctionAttempt?
    /// How many functions may be invoked; nil if only one was asked about.
    package var functionsAllowed: Int?

    init(_ target: TargetRecord, _ contract: Contract, _ event: Event) {
        name = target.name.text
        self.contract = contract
        self.event = event
    }
}

extension ToolInquiry {
    /// The most functions of one target that Lambda is asked about.
    private static let functionsMax = 100

    /// Carries out the request once, and measures. If its contract fails, no other contract is tried.
    /// - Throws: `.invalid` when the target can't be tested in this way.
    package func trial(
        of target: TargetRecord,
        _ request: TrialRequest = TrialRequest()
    ) async throws(ModelFault) -> TargetTrial {
        let contract = request.contract ?? target.spec.contract
        var spec = target.spec
        if let qualifier = request.qualifier {
            spec.qualifier = qualifier
            spec.invoke.route = nil
        }
        let plan = try request.plan(for: spec)
        let start = ContinuousClock.now
        var trial: TargetTrial
        switch plan {
        case .wholeList:
            trial = TargetTrial(target, contract, spec.toolsJSON == nil ? .list : .nothing)
            await listAll(spec, aliases: target.aliases, &trial)
        case .permissionOnly:
            trial = TargetTrial(target, contract, .nothing)
            await listAll(spec, aliases: target.aliases, &trial)
            if trial.error == nil { await askPermission(spec, &trial) }
        case .list(let event):
            trial = TargetTrial(target, contract, .list)
            trial.attempt = await source.attempt(spec, event, timeout: timeout)
            readList(spec, aliases: target.aliases, &trial)
        case .call(let event):
            trial = TargetTrial(target, contract, .call)
            trial.tool = event.tool
            spec.function = spec.function(of: event.tool)
            let own = event.tool.flatMap { spec.invoke.toolTimeoutsMs[$0] }
            let timeout = Duration.milliseconds(own ?? spec.timeoutMs)
            trial.attempt = await source.attempt(spec, event, timeout: timeout)
            readAnswer(&trial)
        }
        trial.durationMs = Int(start.duration(to: .now).milliseconds)
        return trial
    }

    /// Reads all pages, and measures the first.
    private func listAll(_ spec: TargetSpec, aliases: [ToolAlias], _ trial: inout TargetTrial) async {
        let measured = MeasuredSource(source)
        let inquiry = ToolInquiry(source: measured, timeout: timeout, toolNameMax: toolNameMax)
        do throws(ToolSourceError) {
            let listing = try await inquiry.list(spec, aliases: aliases, asksUndeclared: false)
            trial.listing = listing
            trial.shape = Self.words(listing)
        } catch {
            trial.error = error.description
        }
        trial.attempt = measured.first
        if case .success(let answer) = trial.attempt?.outcome { trial.excerpt = answer.excerpt }
    }

    /// Asks for permission for each function, until one may not be invoked.
    private func askPermission(_ spec: TargetSpec, _ trial: inout TargetTrial) async {
        var allowed = 0
        let functions = spec.functions.prefix(Self.functionsMax)
        for function in functions {
            var one = spec
            one.function = function
            let attempt = await source.attempt(one, nil, timeout: timeout)
            trial.attempt = attempt
            trial.error = attempt.permission.error?.description
            if trial.error != nil { break }
            allowed += 1
        }
        if functions.count > 1 { trial.functionsAllowed = allowed }
    }

    private func readList(_ spec: TargetSpec, aliases: [ToolAlias], _ trial: inout TargetTrial) {
        guard let answer = Self.answer(&trial) else { return }
        do throws(ContractError) {
            let page = try trial.contract.readToolList(answer.bytes, payload: answer.payload)
            var listing = ToolListing(check: check(spec, aliases))
            listing.add(page)
            trial.listing = listing
            trial.shape = Self.words(listing) + (page.nextCursor == nil ? "" : ", and more pages")
        } catch {
            trial.shape = "no list"
            let hint = error.hint.isEmpty ? "" : "; \(error.hint)"
            trial.error = HiddenCharacters.shown(error.description) + hint
        }
    }

    private func readAnswer(_ trial: inout TargetTrial) {
        guard let answer = Self.answer(&trial) else { return }
        let read = trial.contract.readCallAnswer(answer.bytes, payload: answer.payload)
        switch read.kind {
        case .result(_, isError: false): trial.shape = "a result"
        case .result(_, isError: true):
            trial.shape = "a result with isError"
            trial.error = "the tool answered with an error of its own"
        case .inputRequired: trial.shape = "a request for input"
        case .failed(let error):
            trial.shape = "an error"
            let hint = error.hint.isEmpty ? "" : "; \(error.hint)"
            trial.error = "the function answered with an error: " + Self.shown(error.text) + hint
        case .unusable(let text):
            trial.shape = "no result"
            trial.error = Self.shown(text)
        case .protocolError(let code, let message, _):
            trial.shape = "a JSON-RPC error"
            trial.error = "the function answered with error \(code): \(Self.shown(message))"
        }
    }

    /// The answer; notes its beginning in the trial, or why there is no answer.
    private static func answer(_ trial: inout TargetTrial) -> ToolSourceAnswer? {
        switch trial.attempt?.outcome {
        case .success(let answer):
            trial.excerpt = answer.excerpt
            return answer
        case .failure(let error): trial.error = error.description
        case nil: trial.error = trial.attempt?.permission.error?.description
        }
        return nil
    }

    private static func words(_ listing: ToolListing) -> String {
        let counts = CatalogKind.listed.map { (kind: $0, count: listing.count(of: $0)) }
            .filter { $0.kind == .tool || $0.count > 0 }
        return "a list of "
            + counts.map { "\($0.count) \($0.kind.word)\($0.count == 1 ? "" : "s")" }.joined(separator: ", ")
    }

    private static func shown(_ text: String) -> String { HiddenCharacters.shown(String(text.prefix(500))) }
}

extension FunctionAttempt.Permission {
    /// Why the function can't be invoked; nil when it may be.
    package var error: ToolSourceError? {
        switch self {
        case .allowed, .unasked: nil
        case .denied(_, let error), .unknown(let error): error
        }
    }
}

extension ToolSourceAnswer {
    fileprivate var excerpt: String { Excerpt.of(bytes.span, payload, charactersMax: 300) }
}

/// Measures the first event that goes through it. One for each inquiry.
private final class MeasuredSource: ToolSource {
    private let source: any ToolSource
    private let seen: Locked<FunctionAttempt?> = Locked(nil)

    init(_ source: any ToolSource) { self.source = source }

    var first: FunctionAttempt? { seen.withLock { $0 } }

    func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        guard first == nil else {
            return try await source.invoke(target, payload: payload, timeout: timeout)
        }
        let event = TrialEvent(content: CallEvent(payload: payload), isCall: false)
        let attempt = await source.attempt(target, event, timeout: timeout)
        seen.withLock { $0 = attempt }
        switch attempt.outcome {
        case .success(let answer): return answer
        case .failure(let error): throw error
        case nil: throw attempt.permission.error ?? ToolSourceError("nothing was sent")
        }
    }

    func attempt(_ target: TargetSpec, _ event: TrialEvent?, timeout: Duration) async -> FunctionAttempt {
        await source.attempt(target, event, timeout: timeout)
    }
}
