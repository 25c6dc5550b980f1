import Calendar
import System

/// The folder that the record files are in.
struct RecordFolder: Sendable, Equatable {
    /// A record file, with the files that SQLite keeps beside it while it is open.
    struct File: Sendable, Equatable {
        let name: RecordFileName
        /// The bytes of all these files.
        let bytes: Int64
        /// Whether it is a regular file: not a folder, link or pipe.
        let isRegular: Bool
    }

    let path: String

    /// The record files, the newest day first; within a day, the highest server and number first.
    ///
    /// - Throws: `FileError` when the folder can't be read; a missing one has no files.
    func files() throws(FileError) -> [File] {
        let names: [String]
        do throws(FileError) { names = try Files.names(inFolder: path) } catch {
            if error.isAbsent { return [] }
            throw error
        }
        return names.compactMap { RecordFileName($0) }.sorted(by: >).compactMap { name in
            guard let status = Files.status(path(of: name), followingLinks: false) else { return nil }
            let beside = Self.suffixes.reduce(Int64(0)) { sum, suffix in
                sum + (Files.status(path(of: name) + suffix, followingLinks: false)?.bytes ?? 0)
            }
            return File(name: name, bytes: status.bytes + beside, isRegular: status.kind == .file)
        }
    }

    func path(of name: RecordFileName) -> String { Files.resolve(name.text, in: path) }

    /// Makes the folder, accessible to its owner alone, and those above it.
    func make() throws(FileError) { try Files.makeFolders(path) }

    /// Removes a file with the files beside it. A folder of that name stays.
    func remove(_ name: RecordFileName) {
        Files.remove(path(of: name))
        for suffix in Self.suffixes { Files.remove(path(of: name) + suffix) }
    }

    /// What SQLite puts beside an open file. Source: https://www.sqlite.org/wal.html
    private static let suffixes = ["-wal", "-shm"]
}
