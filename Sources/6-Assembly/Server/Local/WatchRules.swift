import EventLoop
package import System

/// Tells changes of a target's code from files that editors, tools and the function itself leave in its folder.
package enum WatchRules {
    /// How many folders are watched at once, over all targets.
    package static let foldersMax = 4096

    package static var all: FolderWatch.Rules {
        FolderWatch.Rules(foldersMax: foldersMax, passesOver: passesOver, enters: enters)
    }

    /// Whether a file or folder is ignored. Folders whose names begin with a dot belong to tools, such as `.git` and
    /// `.venv`.
    package static func passesOver(_ name: String, _ isFolder: Bool) -> Bool {
        if isFolder { return name.hasPrefix(".") || name == "__pycache__" || name == "node_modules" }
        let isEditors =
            name.hasSuffix("~") || name.hasPrefix(".#") || name.hasPrefix("#") && name.hasSuffix("#")
            || name == "4913" || name.hasPrefix(".goutputstream-") || name.contains("___jb_")
        return isEditors || endings.contains { name.hasSuffix($0) }
    }

    /// Endings of files that vim, emacs and others write while saving, of byte code, and of files that functions write.
    private static let endings = [
        ".swp", ".swo", ".swx", ".swpx", ".tmp", ".pyc", ".log", ".pid", ".lock", ".db", ".sqlite",
        ".sqlite3",
        "-journal", "-wal", "-shm",
    ]

    /// Whether a folder's contents are watched. Those of a folder with pip's packages aren't: nobody edits them, and a
    /// new installation changes the folder itself.
    package static func enters(_ path: String, _ names: [String]) -> Bool {
        path.isEmpty || names.contains("target.toml") || !names.contains { $0.hasSuffix(".dist-info") }
    }

    /// The message to a person about folders that aren't watched.
    package static func words(for obstacle: FolderWatch.Obstacle, below path: String) -> String {
        let reason =
            switch obstacle {
            case .bound: "there are more than \(foldersMax) folders"
            case .systemsBound:
                "the system watches no more folders; sysctl fs.inotify.max_user_watches allows more"
            case .refused(let code): errorText(code)
            }
        return "changes below \(path) aren't noticed (\(reason)); `mcp-gateway reload` takes them over"
    }
}
