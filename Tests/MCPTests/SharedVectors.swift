import Foundation

/// Where test data made by others is: `GATEWAY_VECTORS`, or `../shared/vectors` beside the repository.
enum SharedVectors {
    /// The folder, or `nil` (said on stdout) when it isn't there.
    static func folder(_ name: String) -> URL? {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
        let root =
            ProcessInfo.processInfo.environment["GATEWAY_VECTORS"].map { URL(fileURLWithPath: $0) }
            ?? repository.deletingLastPathComponent().appendingPathComponent("shared/vectors")
        let folder = root.appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: folder.path) { return folder }
        print(
            "vectors/\(name) is absent: only the project's own vectors run (set GATEWAY_VECTORS to change that)"
        )
        return nil
    }
}
