package import Foundation
import Testing

/// The folder of test data made by others: `GATEWAY_VECTORS`, or `../shared/vectors` beside the repository.
package enum SharedVectors {
    /// The folder, or `nil` when it isn't there, which is noted on stdout.
    package static func folder(_ name: String) -> URL? {
        let folder = root.appending(path: name)
        return FileManager.default.fileExists(atPath: folder.path) ? folder : absent(name)
    }

    /// The file's contents, or `nil` when it isn't there, which is noted on stdout.
    package static func contents(_ name: String) -> Data? {
        (try? Data(contentsOf: root.appending(path: name))) ?? absent(name)
    }

    /// The decoded JSON file; `nil` when it isn't there, or can't be read, which is recorded as an issue.
    package static func decoded<Suite: Decodable>(_ type: Suite.Type, from name: String) -> Suite? {
        guard let data = contents(name) else { return nil }
        do { return try JSONDecoder().decode(Suite.self, from: data) } catch {
            Issue.record("the suite \(name) can't be read: \(error)")
            return nil
        }
    }

    private static var root: URL {
        ProcessInfo.processInfo.environment["GATEWAY_VECTORS"].map { URL(filePath: $0) }
            ?? Repository.root.deletingLastPathComponent().appending(path: "shared/vectors")
    }

    private static func absent<Value>(_ name: String) -> Value? {
        print(
            "vectors/\(name) is absent: only the project's own vectors run (set GATEWAY_VECTORS to change that)"
        )
        return nil
    }
}
