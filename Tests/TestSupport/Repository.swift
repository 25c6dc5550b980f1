package import Foundation

/// The repository that this file was compiled in, which holds the tests' files.
package enum Repository {
    /// The folder with `Package.swift`.
    package static let root: URL = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) {
            precondition(folder.path != "/", "no Package.swift above \(#filePath)")
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// A file or folder of the repository: `path("docs/cli.md")`.
    package static func path(_ name: String) -> String { root.appending(path: name).path }
}
