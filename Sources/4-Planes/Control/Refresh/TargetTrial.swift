import Calendar
package import Store

/// What came of asking a target for its tools, without storing them.
package struct TargetTrial: Sendable {
    /// The target's name.
    package let name: String
    package let durationMs: Int
    /// `nil` when there is no complete list.
    package let listing: ToolListing?
    /// Why there is no list; `nil` after a success.
    package let error: String?
}

extension ToolInquiry {
    /// Asks for the list once, and measures.
    package func trial(of target: TargetRecord) async -> TargetTrial {
        let start = ContinuousClock.now
        do throws(ToolSourceError) {
            let listing = try await list(target.spec, aliases: target.aliases)
            let durationMs = Int(start.duration(to: .now).milliseconds)
            return TargetTrial(name: target.name.text, durationMs: durationMs, listing: listing, error: nil)
        } catch {
            return TargetTrial(
                name: target.name.text,
                durationMs: Int(start.duration(to: .now).milliseconds),
                listing: nil,
                error: error.description
            )
        }
    }
}
