import Database
import System

/// A report on a folder of records, for its operator.
package struct RecordFolderReport: Sendable, Equatable {
    package var files = 0
    /// The bytes of all files together.
    package var bytes: Int64 = 0
    /// Files that can't be read, each with what is wrong with it.
    package var faults: [String] = []
    /// Why no record can be written; nil when nothing is known to be in the way.
    package var problem: String?

    /// Lists the folder and reads the head of each file. Makes nothing, except what reading a file needs beside it.
    package init(directory: String) {
        let folder = RecordFolder(path: directory)
        var found = RecordFaults()
        for file in RecordReader(directory: directory).files(sinceUs: nil, untilUs: nil, &found) {
            files += 1
            bytes += file.bytes
            _ = OpenRecords.read(file.name, in: folder, &found) { records, _ throws(DatabaseError) in
                try records.end()
            }
        }
        faults = found.all
        problem = Self.problem(directory)
    }

    private static func problem(_ directory: String) -> String? {
        if Files.exists(directory), !Files.isFolder(directory) { return "\(directory) is not a folder" }
        // Missing folders would be made in the nearest folder that exists.
        var folder = directory
        while !Files.exists(folder), !folder.isEmpty, folder != "/" { folder = Files.folder(of: folder) }
        let file = DatabaseFile(path: Files.resolve("new.db", in: folder.isEmpty ? "." : folder))
        switch file.problem() {
        case .directoryMissing(let path): return "\(path) is not a folder"
        case .directoryNotWritable(let path): return "\(path) is not writable"
        default: return nil
        }
    }
}
