import HTTP
import JSON
package import REST
package import Store

/// `/reload`: makes every gateway on the store read its settings again.
package enum Reloads {
    static let all: [any AnyOperation<Services>] = [reload]

    package static let reload = AdminOperation(
        .post,
        "/reload",
        id: "reload",
        "Makes every gateway on the store read gateway.toml, certificate, credentials and target files again.",
        takes: NoArguments.self,
        answers: ReloadForm.self,
        problems: [.unavailable]
    ) { call throws(Problem) in
        let id = try await call.write { writing throws(StoreError) in try writing.askReload() }
        return try await ReloadWait(call: call, id: id).answers()
    }
}

/// Waits for the servers' answers to a reload.
private struct ReloadWait {
    let call: AdminCall<NoArguments>
    let id: Int64

    private static let pause = Duration.milliseconds(50)
    /// The time within which a running server says that it has begun.
    private static let firstWithin = Duration.seconds(3)
    /// The time within which every running server has said so, because they check four times a second.
    private static let allWithin = Duration.milliseconds(700)
    private static let doneWithin = Duration.seconds(120)

    func answers() async throws(Problem) -> [ReloadAnswer] {
        let clock = ContinuousClock()
        let began = clock.now
        while true {
            let id = id
            let answers = try await call.read { reading throws(StoreError) in
                try reading.reloadAnswers(to: id)
            }
            let waited = clock.now - began
            guard !answers.isEmpty || waited < Self.firstWithin else {
                throw Problem(
                    .unavailable,
                    "no server runs on this store, so nothing was reloaded",
                    hint:
                        "`mcp-gateway serve` starts one, which reads its settings; one whose store.path was "
                        + "another takes a SIGHUP"
                )
            }
            let isDone = !answers.isEmpty && answers.allSatisfy { $0.report != nil }
            if isDone && waited >= Self.allWithin || waited >= Self.doneWithin { return answers }
            // The task was cancelled because the client has gone.
            guard (try? await Task.sleep(for: Self.pause)) != nil else { return answers }
        }
    }
}

extension ReloadAnswer {
    /// The server's report, or a substitute that says there is none yet.
    fileprivate var known: JSONValue {
        report.flatMap { try? JSONValue(parsing: $0) } ?? [
            "ok": false, "text": "gave no answer yet; its log will say what came of it",
        ]
    }

    fileprivate func texts(_ member: String) -> [String] { known[member].texts }
}

extension JSONValue? {
    /// The texts of an array.
    fileprivate var texts: [String] { (self?.arrayValue ?? []).compactMap { $0.stringValue } }
}

/// The JSON form of the servers' answers; docs/cli-json.md describes it.
package struct ReloadForm: Form {
    package typealias Record = [ReloadAnswer]

    package let servers = Member("servers", listOf: ReloadAnswerForm.self, max: 1_000, \Record.self)

    package init() {}
}

package struct ReloadAnswerForm: Form {
    package typealias Record = ReloadAnswer

    package let server = Member("server", .text(1...300, "host and process"), \Record.server)
    package let ok = Member("ok", .truth("false when anything was faulty; that stays as it was")) {
        (answer: Record) in answer.known["ok"]?.boolValue ?? false
    }
    let applied = Member("applied", .list(.text, max: 1_000)) { (answer: Record) in answer.texts("applied") }
    let needsRestart = Member("needsRestart", .list(.text, max: 1_000)) { (answer: Record) in
        answer.texts("needsRestart")
    }
    let faults = Member("faults", .list(.text, max: 100_000)) { (answer: Record) in answer.texts("faults") }
    let targets = Member("targets", ReloadedTargetsForm.self, { (answer: Record) in answer })
    package let text = Member("text", .text) { (answer: Record) in answer.known["text"]?.stringValue ?? "" }

    package init() {}
}

struct ReloadedTargetsForm: Form {
    typealias Record = ReloadAnswer

    let added = names("added")
    let updated = names("updated")
    let removed = names("removed")
    let kept = names("kept")

    private static func names(_ what: String) -> Member<ReloadAnswer, [String]> {
        Member(what, .list(.text, max: 100_000)) { (answer: ReloadAnswer) in
            (answer.known["targets"]?[what]).texts
        }
    }
}
