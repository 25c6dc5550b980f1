package import JSON

/// What a reload came to.
package struct ReloadReport: Sendable, Equatable {
    /// Settings in force now that weren't, as `section.key`.
    package var applied: [String] = []
    /// Settings of gateway.toml that are not in force before a restart.
    package var needsRestart: [String] = []
    /// Each with file, line and key. What is faulty stays as it was.
    package var faults: [String] = []
    /// gateway.toml itself is faulty, so nothing at all has changed.
    package var isRefused = false
    package var added: [String] = []
    package var updated: [String] = []
    package var removed: [String] = []
    /// Targets that stay as they were, as their files are faulty.
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
