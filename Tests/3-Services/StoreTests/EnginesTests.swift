import Foundation
import TestSupport
import Testing

/// The store uses only SQL that both SQLite and PostgreSQL accept.
struct EnginesTests {
    @Test func `both engines accept the schema and every statement`() throws {
        let (status, output) = try judge([])
        #expect(status == 0, "\(output)")
        let count = try #require(Int(output.prefix { $0 != " " }), "\(output)")
        #expect(count >= 150 && output == "\(count) statements on 2 engines\n")
    }

    @Test func `SQL that only one engine accepts is found, with its place`() throws {
        try withTemporaryDirectory { folder in
            try FileManager.default.createDirectory(
                atPath: "\(folder)/Schema/SQLite",
                withIntermediateDirectories: true
            )
            let schema = """
                static let migrations = [version1]
                static let version1 = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT) STRICT;"
                """
            try Data(schema.utf8).write(to: URL(filePath: "\(folder)/Schema/SQLite/All.swift"))
            let statements = """
                try run("INSERT OR REPLACE INTO t (id, a) VALUES (?, ?)")
                try run("SELECT id FROM t WHERE a IS ?")
                try run("SELECT id FROM t WHERE a IS DISTINCT FROM ?")
                try run("SELECT a::bigint FROM t")
                try execute("PRAGMA user_version = 5")
                """
            try Data(statements.utf8).write(to: URL(filePath: "\(folder)/Some.swift"))
            let (status, output) = try judge([folder])
            let places = output.split(separator: "\n").map {
                $0.split(separator: ":").prefix(3).joined(separator: ":")
            }
            #expect(status == 1)
            #expect(
                places == [
                    "Some.swift:5: for one engine only", "Some.swift:4: SQLite", "Some.swift:1: PostgreSQL",
                    "Some.swift:2: PostgreSQL",
                ]
            )
        }
    }

    private func judge(_ words: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = Repository.root.appending(path: ".venv/bin/python")
        process.arguments = [Repository.path("Tests/Python/sql_on_engines.py")] + words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
