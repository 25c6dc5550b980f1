import Glibc
import Store

/// Whether the store is whole and private.
enum StoreExam {
    static func findings(_ store: Store::Store) -> [Finding] {
        var findings: [Finding] = []
        do throws(StoreError) {
            let (faults, version) = try store.readBlocking { reading throws(StoreError) in
                (try reading.faults(), try reading.schemaVersion())
            }
            findings += faults.map {
                Finding(
                    check: "store",
                    status: .problem,
                    message: $0,
                    hint: "restore \(store.path) from a backup"
                )
            }
            if faults.isEmpty {
                findings.append(
                    Finding(
                        check: "store",
                        status: .ok,
                        message: "\(store.path) is whole, schema version \(version)"
                    )
                )
            }
        } catch {
            findings.append(
                Finding(check: "store", status: .problem, message: error.message, hint: error.hint)
            )
        }
        var status = stat()
        if unsafe stat(store.path, &status) == 0, status.st_mode & 0o077 != 0 {
            findings.append(
                Finding(
                    check: "store",
                    status: .problem,
                    message: "other users may open \(store.path), which holds a secret",
                    hint: "chmod 600 \(store.path)"
                )
            )
        }
        return findings
    }
}
