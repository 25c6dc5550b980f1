import HTTP
import JSON
import REST
import Store

/// `/reload`: the settings, read again by every gateway on the store.
func reloadRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        Route(
            .post,
            "/reload",
            id: "reload",
            "Makes every gateway on the store read gateway.toml, certificate, credentials and target files again.",
            answer: reloadSchema,
            problems: [.unavailable]
        ) { call throws(Problem) in
            let id = try await services.write(call) { writing throws(StoreError) in try writing.askReload() }
            let answers = try await ReloadWait(services: services, id: id).answers()
            return APIReply(["servers": .array(answers.map { $0.json })])
        }
    ]
}

/// Waits for what the servers make of a reload.
private struct ReloadWait {
    let services: Services
    let id: Int64

    private static let pause = Duration.milliseconds(50)
    /// In which a server that runs says that it has begun.
    private static let firstWithin = Duration.seconds(3)
    /// In which every server that runs has said so, as they look four times a second.
    private static let allWithin = Duration.milliseconds(700)
    private static let doneWithin = Duration.seconds(120)

    func answers() async throws(Problem) -> [ReloadAnswer] {
        let clock = ContinuousClock()
        let began = clock.now
        while true {
            let id = id
            let answers = try await services.read { reading throws(StoreError) in
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
            // Cancelled: whoever asked has gone.
            guard (try? await Task.sleep(for: Self.pause)) != nil else { return answers }
        }
    }
}

extension ReloadAnswer {
    fileprivate var json: JSONValue {
        let known = report.flatMap { try? JSONValue(parsing: $0) }
        let none: JSONValue = [
            "ok": false, "applied": [], "needsRestart": [], "faults": [],
            "targets": ["added": [], "updated": [], "removed": [], "kept": []],
            "text": "gave no answer yet; its log will say what came of it",
        ]
        let members = (known?.objectValue ?? none.objectValue)?.members ?? []
        return .object(JSONObject([("server", .string(server))] + members.map { ($0.key, $0.value) }))
    }
}

let reloadSchema = Schema.object([
    .required(
        "servers",
        .array(
            .object([
                .required("server", .string(1...300, "host and process")),
                .required("ok", .boolean("false when anything was faulty; that stays as it was")),
                .required("applied", .array(.string(), max: 1_000)),
                .required("needsRestart", .array(.string(), max: 1_000)),
                .required("faults", .array(.string(), max: 100_000)),
                .required(
                    "targets",
                    .object([
                        .required("added", .array(.string(), max: 100_000)),
                        .required("updated", .array(.string(), max: 100_000)),
                        .required("removed", .array(.string(), max: 100_000)),
                        .required("kept", .array(.string(), max: 100_000)),
                    ])
                ),
                .required("text", .string()),
            ]),
            max: 1_000
        )
    )
])
