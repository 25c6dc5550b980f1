import FoundationEssentials
import Glibc

/// Runs `body` with the path of a new empty directory, and removes it with its contents, however `body` ends.
package func withTemporaryDirectory<T>(_ body: (_ path: String) throws -> T) throws -> T {
    let path = try makeTemporaryDirectory()
    defer { removeTemporaryDirectory(path) }
    return try body(path)
}

/// Does the same for a body that suspends.
package func withTemporaryDirectory<T>(_ body: (_ path: String) async throws -> T) async throws -> T {
    let path = try makeTemporaryDirectory()
    defer { removeTemporaryDirectory(path) }
    return try await body(path)
}

/// The system could not make a temporary directory.
package struct TemporaryDirectoryError: Error, CustomStringConvertible {
    package let description: String
}

private func makeTemporaryDirectory() throws(TemporaryDirectoryError) -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/mcp-gateway-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
        let reason = String(cString: strerror(errno))
        throw TemporaryDirectoryError(description: "mkdtemp in \(parent): \(reason)")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func removeTemporaryDirectory(_ path: String) {
    // A test may have taken its own write permission away; without it nothing inside can be removed.
    chmod(path, 0o700)
    try? FileManager.default.removeItem(atPath: path)  // a leftover harms no later test
}
