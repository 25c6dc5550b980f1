import Model

extension Attention {
    /// The items about one discovery: that it fails, and that functions of it are no longer found.
    static func discovery(_ discovery: DiscoveryStanding, _ nowMs: Int64) -> [Attention] {
        let subject = "discovery \(discovery.name)"
        var items: [Attention] = []
        if let error = discovery.lastError {
            items.append(
                Attention(
                    .warning,
                    .discoveryFailing,
                    subject,
                    "its functions can't be listed or stored, and what it found before is served: \(error)",
                    sinceMs: discovery.lastErrorAtMs,
                    next: "`mcp-gateway target discover \(discovery.name)` looks now"
                )
            )
        }
        guard discovery.missingCount > 0 else { return items }
        let count = discovery.missingCount
        let words =
            "\(count) of its \(discovery.functionCount) functions \(count == 1 ? "isn't" : "aren't") found any more"
        items.append(
            Attention(
                discovery.isDoubted ? .warning : .note,
                .functionsMissing,
                subject,
                discovery.isDoubted
                    ? "\(words); this is confirmed before \(count == 1 ? "it is" : "they are") removed"
                    : "\(words), and removed after the grace period",
                sinceMs: discovery.missingSinceMs,
                next: "`mcp-gateway target discover \(discovery.name)` shows which"
            )
        )
        return items
    }
}
