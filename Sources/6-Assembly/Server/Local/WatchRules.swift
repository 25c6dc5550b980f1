import EventLoop
package import System

/// Which changes below a target's folder are its code's: what editors, tools and the function itself leave there isn't.
package enum WatchRules {
    /// Folders watched at once, of all targets.
    package static let foldersMax = 4096

    package static var all: FolderWatch.Rules {
        FolderWatch.Rules(foldersMax: foldersMax, passesOver: passesOver, enters: enters)
    }

    /// Folders with a dot are tools' own, such as `.git` and `.venv`.
    package static func passesOver(_ name: String, _ isFolder: Bool) -> Bool {
        if isFolder { return name.hasPrefix(".") || name == "__pycache__" || name == "node_modules" }
        let isEditors =
            name.hasSuffix("~") || name.hasPrefix(".#") || name.hasPrefix("#") && name.hasSuffix("#")
            || name == "4913" || name.hasPrefix(".goutputstream-") || name.contains("___jb_")
        return isEditors || endings.contains { name.hasSuffix($0) }
    }

    /// Of vim, emacs and others while they save; of byte code; of what functions write.
    private static let endings = [
        ".swp", ".swo", ".swx", ".swpx", ".tmp", ".pyc", ".log", ".pid", ".lock", ".db", ".sqlite",
        ".sqlite3",
        "-journal", "-wal", "-shm",
    ]

    /// What pip has installed into a folder of its own is noticed by the folder itself: nobody edits it.
    package static func enters(_ path: String, _ names: [String]) -> Bool {
        path.isEmpty || names.contains("target.toml") || !names.contains { $0.hasSuffix(".dist-info") }
    }

    /// What a person is told of folders that aren't watched.
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
