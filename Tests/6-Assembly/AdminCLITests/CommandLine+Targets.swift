import FoundationEssentials
import SQLite
import Store
import Testing

extension CommandLine {
    /// Adds a target whose tools are declared, so that no function is asked for them, and reads them.
    /// - Parameter describing: the tools' description.
    func addTarget(
        _ name: String,
        tools: [String],
        approval: String = "required",
        describing: String = "Tells."
    ) async throws {
        let file = try declareTools(tools, describing: describing)
        let added = await run(
            words: [
                "target", "add", name, "--function", "fn", "--contract", "mcp-wrapper", "--approval",
                approval, "--tools", file,
            ]
        )
        #expect(added.status == 0, "\(added.err)")
        #expect(await run("target", "refresh", name).status == 0)
    }

    /// Makes a file for `--tools`.
    func declareTools(_ tools: [String], describing: String = "Tells.") throws -> String {
        let definitions = tools.map {
            #"{"name":"\#($0)","description":"\#(describing)","inputSchema":{"type":"object"}}"#
        }
        let file = "\(folder)/tools.json"
        try Data("[\(definitions.joined(separator: ","))]".utf8).write(to: URL(filePath: file))
        return file
    }

    /// Writes to the store what a server would write.
    func write(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> Void
    ) throws {
        let store = try Store.open(path: "\(folder)/var/gateway.db")
        defer { store.close() }
        try store.writeBlocking(as: .system, body)
    }

    /// Runs SQL on the store, as somebody would who wants to cover up a change.
    func tamper(_ sql: String) throws {
        let vandal = try Connection.open(path: "\(folder)/var/gateway.db", access: .readWrite)
        try vandal.execute("DROP TRIGGER audit_is_kept; DROP TRIGGER audit_stays")
        try vandal.execute(sql)
    }
}
