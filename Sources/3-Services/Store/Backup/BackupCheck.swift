import Database
import System

extension Store {
    /// Checks a copy of a store; anybody may have made it.
    ///
    /// Nothing is written, neither into the copy nor beside it. Before a row of a table is read, its schema must
    /// equal that of its version to the letter, so that nothing in it is run. Blocks while the whole file is read,
    /// within bounds of time and memory.
    /// - Throws: `.unavailable` when it can't be read, or isn't a database.
    package static func checkBackup(_ file: String) throws(StoreError) -> BackupReport {
        guard let status = Files.status(file) else {
            throw StoreError(.unavailable, "there is no file \(file)", hint: "`mcp-gateway backup` makes one")
        }
        guard status.kind == .file else { throw StoreError(.unavailable, "\(file) is not a regular file") }
        var report = BackupReport(file: file, isThere: true, bytes: status.bytes)
        for log in ["\(file)-wal", "\(file)-journal"] where Files.status(log).map({ $0.bytes > 0 }) ?? false {
            report.faults.append(
                "\(log) lies beside it: this is a store in use, or a copy that was not made by `mcp-gateway backup`"
            )
        }
        guard report.faults.isEmpty else { return report }
        let milliseconds = 60_000 + Int(status.bytes >> 22) * 1_000
        do throws(DatabaseError) {
            let connection = try Connection.openCopy(.sqlite(path: file), within: milliseconds)
            // Only reading shows whether the file is a database at all.
            _ = try connection.schemaStamp()
            let reading = ReadTransaction(connection: connection)
            do throws(StoreError) { try reading.look(into: &report).get() } catch {
                // Damage, or a check that takes too long, is a finding and not an error.
                report.faults.append(error.message)
            }
        } catch {
            switch error.kind {
            case .notADatabase: throw StoreError(.unavailable, "\(file) is not a SQLite database")
            case .corrupt, .interrupted: report.faults.append("it is damaged: \(error.summary)")
            default: throw StoreError(.unavailable, "\(file) can't be opened: \(error.summary)")
            }
        }
        return report
    }
}

extension ReadTransaction {
    fileprivate borrowing func look(into report: inout BackupReport) -> Result<Void, StoreError> {
        var found = report
        let outcome = perform { reading throws(StoreError) in try reading.check(&found) }
        report = found
        return outcome
    }

    /// Stops at the first part that has faults, as what follows relies on it.
    private borrowing func check(_ report: inout BackupReport) throws(StoreError) {
        let stamp = try schemaStamp()
        report.schemaVersion = stamp.version
        let newest = Int64(Schema.migrations(for: connection.engine).count)
        guard stamp.application == Schema.applicationID else {
            return report.faults.append("it is a database of another program")
        }
        guard (1...newest).contains(stamp.version) else {
            return report.faults.append(
                "it has schema version \(stamp.version); this program knows versions 1 to \(newest)"
            )
        }
        report.faults += try schemaFaults(version: Int(stamp.version))
        guard report.faults.isEmpty else { return }
        do throws(DatabaseError) { report.faults += try connection.allFaults() } catch {
            throw StoreError(error)
        }
        guard report.faults.isEmpty else { return }
        do throws(StoreError) { _ = try sessionSecret() } catch { report.faults.append(error.message) }
        for (name, statement) in Self.counts where stamp.version >= 2 {
            report.counts.append(BackupReport.Count(name: name, count: try integer(statement)))
        }
        guard stamp.version >= 4 else { return }
        let audit = try auditFaults()
        report.audit = audit
        report.faults += audit.faults.map { "the audit log: \($0)" }
    }

    /// Counts of tables that all schema versions from the second on have.
    private static var counts: [(String, String)] {
        [
            ("tenants", "SELECT count(*) FROM tenant WHERE removed_at_ms IS NULL"),
            ("keys", "SELECT count(*) FROM tenant_key"), ("targets", "SELECT count(*) FROM target"),
            ("tools", "SELECT count(*) FROM tool"), ("subscriptions", "SELECT count(*) FROM subscription"),
            ("permissions", "SELECT count(*) FROM permission"),
            ("limits", "SELECT count(*) FROM usage_limit"),
            ("adminTokens", "SELECT count(*) FROM admin_token"),
            ("auditEvents", "SELECT count(*) FROM audit"),
        ]
    }

    /// The differences between the schema and that of a store of this version.
    private borrowing func schemaFaults(version: Int) throws(StoreError) -> [String] {
        let countMax = 1_000
        var expected: [String: String] = [:]
        var found: [(name: String, sql: String)] = []
        do throws(DatabaseError) {
            let model = try Connection.open(.sqlite(path: ":memory:"))
            for migration in Schema.migrations(for: model.engine).prefix(version) {
                try model.execute(migration)
            }
            for part in try model.schema(countMax: countMax) { expected[part.name] = part.sql }
            found = try connection.schema(countMax: countMax)
        } catch {
            throw StoreError(error)
        }
        var faults: [String] = []
        for part in found {
            let sql = expected.removeValue(forKey: part.name)
            if sql == nil {
                faults.append("its schema has what the gateway doesn't make: \(part.name)")
            } else if sql != part.sql {
                faults.append("its schema differs from the gateway's in: \(part.name)")
            }
        }
        faults += expected.keys.sorted().map { "its schema lacks: \($0)" }
        return Array(faults.prefix(BackupReport.faultsMax))
    }
}
