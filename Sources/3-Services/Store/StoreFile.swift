import Database

/// Whether the store's path still leads to the files that are open. Any thread.
///
/// A database goes on working after its file was moved, removed or replaced; what is written then is lost with the
/// file.
struct StoreFile: Sendable {
    /// nil for a store without a file: its place can't be lost.
    private let opened: (file: DatabaseFile, identities: DatabaseFile.Identities)?

    /// - Parameter file: of a store that is open and was read from, so that all of its files are there.
    init(of file: DatabaseFile?) { opened = file.map { ($0, $0.identities()) } }

    /// The inode, which tells the file from all others of its file system; 0 for a store without a file.
    var inode: UInt64 { opened?.identities.main?.inode ?? 0 }

    /// The reason why nothing may be written; nil when the files are as they were. Some microseconds.
    func fault() -> StoreError? {
        guard let (file, opened) = opened, opened.main != nil else { return nil }
        let found = file.identities()
        if found == opened { return nil }
        return Self.fault(file.path, opened.main, found.main)
            ?? Self.fault("\(file.path)-wal", opened.log, found.log)
            ?? Self.fault("\(file.path)-shm", opened.index, found.index)
    }

    private static func fault(
        _ path: String,
        _ opened: DatabaseFile.Identity?,
        _ found: DatabaseFile.Identity?
    ) -> StoreError? {
        guard let opened, found != opened else { return nil }
        return StoreError(
            .displaced,
            "\(path) was \(found == nil ? "removed" : "replaced by another file") while the store was open, "
                + "so nothing is written any more",
            hint: "put the same files back, or restart the program with the right ones in their place"
        )
    }
}
