import System

/// This server's place among those that write into one folder: each has files of its own.
final class WriterPlace {
    let server: Int
    private let lock: FileLock

    private init(server: Int, lock: consuming FileLock) {
        self.server = server
        self.lock = lock
    }

    /// Takes the first free place; nil when all are taken.
    static func take(in folder: RecordFolder) throws(FileError) -> WriterPlace? {
        for server in 1...RecordFileName.serverMax {
            let path = Files.resolve(server == 1 ? ".writer.lock" : ".writer-\(server).lock", in: folder.path)
            if let lock = try FileLock.take(path) { return WriterPlace(server: server, lock: lock) }
        }
        return nil
    }

    var isInPlace: Bool { lock.isInPlace }
}
