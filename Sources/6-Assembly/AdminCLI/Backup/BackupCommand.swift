import Config
import JSON
import REST
import Store

struct BackupCommand: Command {
    private static let forceOption = Usage.Option(
        name: "--force",
        value: nil,
        summary: "replace a file that is there"
    )
    private static let faultyOption = Usage.Option(
        name: "--keep-faulty",
        value: nil,
        summary: "keep the copy of a store that has faults, which is removed otherwise"
    )

    static let usage = Usage(
        path: ["backup"],
        summary: "Copies the store, whether a server uses it or not, into a file that is looked through.",
        operands: [
            .init(
                name: "file",
                summary: "the copy; private to its owner, and there only once it is whole",
                offer: .file
            )
        ],
        options: [forceOption, faultyOption],
        details: """
            Nobody waits for it, and the store stays as it is. The copy is of one moment. Prints the audit log's head: kept
            elsewhere, it shows a log that was written anew. `backup check FILE` looks through a copy later. To restore one, stop
            the server, put it in the store's place without the -wal and -shm files, and start the server.
            Exit status 1 when there is no copy, or when it has faults.
            """,
        example: "mcp-gateway backup /backup/gateway.db",
        reach: .thisMachine
    )

    private let file: String
    private let options: Store::Store.BackupOptions

    init(_ words: ParsedWords) throws {
        file = try words.required(0)
        guard !file.isEmpty else { throw UsageError("<file> is empty") }
        var options = Store::Store.BackupOptions()
        options.isReplacing = words.flag(Self.forceOption)
        options.isKeepingFaulty = words.flag(Self.faultyOption)
        self.options = options
    }

    func run(_ session: Session) throws -> Int32 {
        session.noteThisMachine()
        let config = try session.loadConfig(needing: .only(["store"])).config
        let report = try Store::Store.backUp(config.store.path, to: file, options)
        return show(report, session)
    }
}

struct BackupCheck: Command {
    static let usage = Usage(
        path: ["backup", "check"],
        summary: "Looks through a copy of a store, and changes nothing of it.",
        operands: [.init(name: "file", summary: "a copy that `backup` made", offer: .file)],
        details: """
            Whether it is whole, has the gateway's own schema, and an audit log without a gap. Nothing in the file is run.
            Exit status 1 with the reason when it is not to be restored.
            """,
        example: "mcp-gateway backup check /backup/gateway.db",
        reach: .thisMachine
    )

    private let file: String

    init(_ words: ParsedWords) throws { file = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        show(try Store::Store.checkBackup(file), session)
    }
}

/// Prints the contents of a copy, and its faults on stderr; returns the exit status.
private func show(_ report: BackupReport, _ session: Session) -> Int32 {
    let isWell = report.faults.isEmpty
    let head = report.audit.map { "event \($0.headID)\($0.headHash.map { ", \($0)" } ?? "")" }
    let counts = report.counts.map { (backupWords[$0.name] ?? $0.name, String($0.count)) }
    var json: [(String, JSONValue)] = [
        ("file", .string(report.file)), ("ok", .bool(isWell)), ("kept", .bool(report.isThere)),
        ("sizeBytes", .int(Int(report.bytes))), ("schemaVersion", .optional(report.schemaVersion)),
    ]
    json += Array(backupWords.keys.sorted()).map { name in
        (name, .optional(report.counts.first { $0.name == name }?.count))
    }
    json += [
        ("headId", .optional(report.audit?.headID)), ("headHash", .optional(report.audit?.headHash)),
        ("faults", .texts(report.faults)),
    ]
    session.answer(
        .object(JSONObject(json)),
        text: details(
            [
                ("file", report.isThere ? report.file : "none: the copy was removed again"),
                ("size", "\(report.bytes) bytes"),
                ("schema version", report.schemaVersion.map { String($0) }),
            ] + counts + [("audit head", head)]
        )
    )
    guard !isWell else { return 0 }
    for fault in report.faults { session.err.write("fault: \(safe(fault))\n") }
    if !report.isThere {
        session.err.write(
            "mcp-gateway: the store has faults, so its copy was not kept; --keep-faulty keeps it, and `mcp-gateway "
                + "backup check` finds an older one that is whole\n"
        )
    }
    return 1
}

/// The counted things by their names in docs/cli-json.md, in words for people.
private let backupWords = [
    "tenants": "tenants", "keys": "keys", "targets": "targets", "tools": "tools",
    "subscriptions": "subscriptions", "permissions": "permissions", "limits": "limits",
    "adminTokens": "admin tokens", "auditEvents": "audit events",
]

extension Session {
    /// Notes, for a user with a current context who changes this machine, that the change isn't made on that server.
    func noteThisMachine() {
        let variable = [ServerChoice.urlVariable, ServerChoice.contextVariable].first {
            environment[$0].map { !$0.isEmpty && $0 != ServerContext.here } ?? false
        }
        // Faults of the contexts' file don't matter here.
        let current = (try? ContextFile.load(environment))?.current
        guard let elsewhere = variable ?? current.map({ "the context \($0)" }) else { return }
        err.write("note: this works on this machine, whatever \(safe(elsewhere)) says\n")
    }
}
