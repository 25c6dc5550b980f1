import Config
import Control
import System

/// Checks that other users of the machine can't read files with secrets.
enum PrivacyExam {
    static func findings(_ config: GatewayConfig) -> [Finding] {
        let folder = Files.folder(of: Files.absolute(config.store.path))
        let names = (try? Files.names(inFolder: folder)) ?? []
        let store = config.store.path.split(separator: "/").last.map { String($0) } ?? ""
        var findings = names.compactMap { name -> Finding? in
            let path = Files.resolve(name, in: folder)
            guard Files.isOpenToOthers(path) else { return nil }
            if name == store { return finding(config.store.path, "which holds a secret") }
            // Write-ahead log and backups, under any name.
            guard name.hasPrefix(store) || isDatabase(path) else { return nil }
            return finding(path, "which may hold what the store holds")
        }
        if let key = config.tls?.key, Files.isOpenToOthers(key) {
            findings.append(finding(key, "the private key"))
        }
        return findings
    }

    private static func finding(_ path: String, _ what: String) -> Finding {
        Finding(.problem, "files", "other users may open \(path), \(what)", hint: "chmod 600 \(path)")
    }

    /// Source: https://www.sqlite.org/fileformat.html, "Magic Header String"
    private static func isDatabase(_ path: String) -> Bool {
        (try? Files.start(of: path, bytes: 16)) == Array("SQLite format 3\0".utf8)
    }
}
