import System

/// A client's configuration that is being written: its file is created before the key is issued.
struct ConfigurationDraft: ~Copyable {
    private let file: NewFile
    /// The client's own file as it is now; nil for a program, which replaces no file.
    private let before: ClientFile?

    /// - Throws: `CommandFailure` when no file can be written there.
    init(becoming path: String, _ before: ClientFile?) throws {
        self.before = before
        do throws(FileError) {
            let folder = Files.folder(of: path)
            if before != nil, !folder.isEmpty { try Files.makeFolders(folder, mode: 0o755) }
            file = try NewFile(becoming: before == nil ? path : Files.resolved(path))
        } catch {
            throw Self.failure(error)
        }
    }

    /// Writes the file whole or not at all; with a secret in it, readable by its owner alone.
    /// - Throws: `CommandFailure` when it can't be written; the old file is unchanged then.
    consuming func publish(_ text: String, holdsSecret: Bool) throws {
        let (mode, isReplacing) = (holdsSecret ? 0o600 : before?.mode ?? 0o644, before != nil)
        do throws(FileError) {
            try file.write(Array(text.utf8))
            try file.publish(mode: mode, replacing: isReplacing)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func failure(_ error: FileError) -> CommandFailure {
        CommandFailure("the client's file can't be written: \(error)")
    }
}
