import Bytes
import JSON
import MCP
import Policy

/// Rendered pages of `tools/list`: made once per view, protocol version and page, then copied into answers.
///
/// One per loop, so it needs no lock; emptied when the catalog changes.
final class ListCache {
    private struct Key: Hashable {
        let view: Int
        let version: ProtocolVersion
        let after: String?
    }

    /// Bounds what clients with odd cursors can make it hold.
    private static let pagesMax = 512

    private var pages: [Key: ByteBuffer] = [:]
    private var snapshot: Snapshot?

    /// The result object of one page, after the tool named `after`.
    func page(
        of state: GatewayState,
        for principal: Principal,
        version: ProtocolVersion,
        after: String?,
        nowMs: Int64
    ) -> ByteBuffer {
        if snapshot !== state.snapshot {
            if snapshot?.version != state.snapshot.version { pages.removeAll() }
            snapshot = state.snapshot
        }
        let key = Key(view: state.snapshot.viewID(for: principal), version: version, after: after)
        if let page = pages[key] { return page }
        let page = render(state, principal, version, after, nowMs)
        if pages.count >= Self.pagesMax { pages.removeAll() }
        pages[key] = page
        return page
    }

    private func render(
        _ state: GatewayState,
        _ principal: Principal,
        _ version: ProtocolVersion,
        _ after: String?,
        _ nowMs: Int64
    ) -> ByteBuffer {
        let entries = state.snapshot.tools
        var visible = state.snapshot.visibleTools(for: principal, nowMs: nowMs)[...]
        if let after { visible = visible.drop { !precedes(after, entries[$0].exposedName) } }
        let page = visible.prefix(state.settings.pageSize)
        let writer = ToolListWriter(version: version, identity: state.settings.identity)
        var out = ByteBuffer(capacity: page.reduce(256) { $0 + entries[$1].definition.count + 64 })
        writer.begin(&out)
        for index in page {
            let entry = entries[index]
            // Checked when it entered the catalog; what is not sound is left out.
            try? writer.append(entry.definition.span, exposedName: entry.exposedName, to: &out)
        }
        let isLast = page.count == visible.count
        let cursor = isLast ? nil : page.last.map { Cursor(after: entries[$0].exposedName).text }
        writer.end(nextCursor: cursor, ttlMs: state.settings.listTTLMs, to: &out)
        return out
    }

    /// Whether `name` comes after `mark` in the list's order, which is that of bytes.
    private func precedes(_ mark: String, _ name: String) -> Bool {
        mark.utf8.lexicographicallyPrecedes(name.utf8)
    }
}
