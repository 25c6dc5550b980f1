import Database
import System

extension Store {
    /// How a copy is made.
    package struct BackupOptions: Sendable {
        /// Whether a file that is there already may be replaced.
        package var isReplacing = false
        /// Whether the copy of a store that has faults is kept.
        package var isKeepingFaulty = false
        /// A copy with more pages fails as on a full disk; for tests.
        var pagesMax: Int?

        package init() {}
    }

    /// Copies a store, in use by a server or not, as it is at one moment; checks the copy; then gives it its name.
    ///
    /// The store isn't migrated, and nobody waits for the copy. Until the copy is complete and on the disk it has
    /// another name; it is private to its owner. A copy with faults is removed again, unless it's to be kept.
    /// - Returns: a report on the copy. A copy with faults leaves no file, unless it was to be kept.
    /// - Throws: why there is no copy.
    package static func backUp(
        _ path: String,
        to file: String,
        _ options: BackupOptions = BackupOptions()
    ) throws(StoreError) -> BackupReport {
        let location = DatabaseLocation.sqlite(path: path)
        guard let store = location.file, store.exists else { throw StoreError(missing: path) }
        try refuse(file, of: store, isReplacing: options.isReplacing)
        let copy: NewFile
        do throws(FileError) { copy = try NewFile(becoming: file) } catch {
            throw StoreError(
                .unavailable,
                "no file can be made in \(error)",
                hint: "name a folder that is there and that you may write"
            )
        }
        try copyAll(location, to: copy.path, pagesMax: options.pagesMax)
        var report = try checkBackup(copy.path).renamed(file)
        guard report.faults.isEmpty || options.isKeepingFaulty else { return report }
        do throws(FileError) { try copy.publish(replacing: options.isReplacing) } catch {
            let reason = error.isPresent ? "\(file) was created in the meantime" : "\(error)"
            throw StoreError(.failed, "the copy can't be renamed to its final name: \(reason)")
        }
        report.isThere = true
        return report
    }

    private static func copyAll(
        _ location: DatabaseLocation,
        to copy: String,
        pagesMax: Int?
    ) throws(StoreError) {
        let source: Connection
        do throws(DatabaseError) { source = try Connection.open(location, access: .read) } catch {
            throw StoreError(opening: location, error)
        }
        do throws(DatabaseError) { try source.copy(to: copy, pagesMax: pagesMax) } catch {
            for log in ["-wal", "-shm", "-journal"] { Files.remove(copy + log) }
            switch error.kind {
            case .diskFull, .ioFailed:
                throw StoreError(
                    .failed,
                    "the copy can't be written: \(error.summary)",
                    hint: "is the disk full? nothing is left of the copy, and the store is as it was"
                )
            case .unavailable:
                throw StoreError(.failed, "the copy can't be written: \(error.summary)")
            default: throw StoreError(error)
            }
        }
    }

    /// Refuses a copy in the place of the store, of a folder or a device, or beside another database's log.
    private static func refuse(
        _ file: String,
        of store: DatabaseFile,
        isReplacing: Bool
    ) throws(StoreError) {
        guard !file.isEmpty, !file.hasSuffix("/") else {
            throw StoreError(.invalid, "the copy has no name", hint: "name a file for the copy")
        }
        let own = ["", "-wal", "-shm"].compactMap { Files.status(store.place.path + $0) }
        if let target = Files.status(file), own.contains(where: { $0.isSame(as: target) }) {
            throw StoreError(
                .invalid,
                "\(file) is the store itself",
                hint: "name another file, best on another disk"
            )
        }
        if let there = Files.status(file, followingLinks: false) {
            guard there.kind == .file || there.kind == .link, Files.status(file)?.kind != .folder else {
                throw StoreError(
                    .invalid,
                    Files.isFolder(file) ? "\(file) is a folder" : "\(file) is not a regular file",
                    hint: "name a file for the copy"
                )
            }
            guard isReplacing else {
                throw StoreError(
                    .conflict,
                    "there is a file \(file) already",
                    hint: "name another, or replace it with --force"
                )
            }
        }
        for log in ["-wal", "-journal"] where Files.status(file + log, followingLinks: false) != nil {
            throw StoreError(
                .conflict,
                "\(file)\(log) is another database's log, which would spoil the copy when it is opened",
                hint: "name another file"
            )
        }
    }
}
