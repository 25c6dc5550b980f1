package import JSON

/// The outcome of a reload.
package struct ReloadReport: Sendable, Equatable {
    /// Settings that this reload put into force, as `section.key`.
    package var applied: [String] = []
    /// Settings of gateway.toml that come into force only after a restart.
    package var needsRestart: [String] = []
    /// Faults, each with file, line and key. Faulty parts stay as they were.
    package var faults: [String] = []
    /// Whether gateway.toml itself is faulty, so that nothing was changed.
    package var isRefused = false
    package var added: [String] = []
    package var updated: [String] = []
    package var removed: [String] = []
    /// Targets that stay as they were because their files are faulty.
    package var kept: [String] = []

    package init() {}

    /// One line for the log and for whoever asked.
    package var text: String {
        if isRefused { return "reload failed, all stays as it was: \(faults.joined(separator: "; "))" }
        var parts: [String] = []
        if !applied.isEmpty { parts.append("applied \(applied.joined(separator: ", "))") }
        if !needsRestart.isEmpty { parts.append("needs a restart: \(needsRestart.joined(separator: ", "))") }
        let targets = [("added", added), ("updated", updated), ("removed", removed), ("kept", kept)]
        let counts = targets.filter { !$1.isEmpty }.map { "\($1.count) \($0)" }
        if !counts.isEmpty { parts.append("targets: \(counts.joined(separator: ", "))") }
        if !faults.isEmpty {
            parts.append("faults, what they concern stays as it was: \(faults.joined(separator: "; "))")
        }
        return parts.isEmpty ? "reloaded: nothing has changed" : "reloaded: \(parts.joined(separator: "; "))"
    }

    /// See docs/cli-json.md.
    package var json: JSONValue {
        [
            "ok": .bool(faults.isEmpty),
            "applied": .texts(applied),
            "needsRestart": .texts(needsRestart),
            "faults": .texts(faults),
            "targets": [
                "added": .texts(added), "updated": .texts(updated), "removed": .texts(removed),
                "kept": .texts(kept),
            ],
            "text": .string(text),
        ]
    }
}
