import Foundation

/// All bytes of a store on disk: the file and its log.
func storedBytes(_ path: String) throws -> StoredBytes {
    var all = Data()
    for file in [path, path + "-wal"] where FileManager.default.fileExists(atPath: file) {
        all += try Data(contentsOf: URL(fileURLWithPath: file))
    }
    return StoredBytes(data: all)
}

struct StoredBytes {
    let data: Data

    func contains(_ bytes: [UInt8]) -> Bool { data.range(of: Data(bytes)) != nil }
}
