import Bytes
import JSON
import MCP
import Policy

/// Rendered pages of lists: made once per view, kind, protocol version and page, then copied into answers.
///
/// A view is known by the very entries that it shows, so a change of the policy renders no list anew but those that it
/// changes. One per loop, so it needs no lock; emptied when a tool changes. Its size is bounded whatever clients ask:
/// only pages that start where a list's own cursors point are kept, and all go when they outgrow `bytesMax`.
final class ListCache {
    private struct Key: Hashable {
        /// The list's number in `lists`.
        let list: Int
        let kind: CatalogKind
        let version: ProtocolVersion
        let after: String?
    }

    private static let viewsMax = 16_384
    private static let bytesMaxDefault = 16 * 1024 * 1024

    private let bytesMax: Int
    private var pages: [Key: ByteBuffer] = [:]
    /// [set of tools] → the number of its list. The sets refer to the adopted state's tools.
    private var lists: [ToolSet: Int] = [:]
    /// [view of the adopted state] → its list.
    private var views: [ViewID: Int] = [:]
    /// The bytes of all pages and lists.
    private(set) var bytesKept = 0
    private var state: GatewayState?

    /// - Parameter bytesMax: the most bytes that are kept; a single page may have more.
    init(bytesMax: Int = ListCache.bytesMaxDefault) { self.bytesMax = bytesMax }

    /// Keeps pages of this state from now on, and those of the previous state if they are valid for this one.
    func adopt(_ state: GatewayState) {
        if let old = self.state {
            if !old.rendersEqually(state) { removeAll() }
            if old.snapshot.version != state.snapshot.version { views.removeAll(keepingCapacity: true) }
        }
        self.state = state
    }

    /// The result object of one page, after the tool named `after`.
    ///
    /// A view's id covers everything in it that changes with time. For a state that is no longer the adopted one, as a
    /// batch that began earlier may have, the page is rendered and not kept.
    func page(
        of state: GatewayState,
        kind: CatalogKind = .tool,
        for principal: Principal,
        version: ProtocolVersion,
        after: String?,
        nowMs: Int64
    ) -> ByteBuffer {
        guard state === self.state else { return render(state, kind, principal, version, after, nowMs).page }
        let key = Key(list: list(of: state, principal, nowMs), kind: kind, version: version, after: after)
        if let page = pages[key] { return page }
        let (page, isRegular) = render(state, kind, principal, version, after, nowMs)
        guard isRegular else { return page }
        let cost = page.bytes.capacity + 128
        if makeRoom(cost) {
            pages[key] = page
        } else {
            // Making room has dropped the list's number too, so it is looked up again.
            let list = list(of: state, principal, nowMs)
            pages[Key(list: list, kind: kind, version: version, after: after)] = page
        }
        return page
    }

    private func list(of state: GatewayState, _ principal: Principal, _ nowMs: Int64) -> Int {
        let view = state.snapshot.viewID(for: principal, nowMs: nowMs)
        if let known = views[view] { return known }
        let set = state.snapshot.visibleSet(for: principal, nowMs: nowMs)
        if lists[set] == nil { _ = makeRoom(set.byteCount + 128) }
        let list = lists[set] ?? lists.count
        lists[set] = list
        if views.count >= Self.viewsMax { views.removeAll(keepingCapacity: true) }
        views[view] = list
        return list
    }

    /// Counts the bytes; false when everything that was kept before had to be dropped for them.
    private func makeRoom(_ cost: Int) -> Bool {
        let hasRoom = bytesKept + cost <= bytesMax
        if !hasRoom { removeAll() }
        bytesKept += cost
        return hasRoom
    }

    private func removeAll() {
        pages.removeAll()
        lists.removeAll()
        views.removeAll()
        bytesKept = 0
    }

    /// The page, and whether a client that follows the cursors from the start gets to this page.
    private func render(
        _ state: GatewayState,
        _ kind: CatalogKind,
        _ principal: Principal,
        _ version: ProtocolVersion,
        _ after: String?,
        _ nowMs: Int64
    ) -> (page: ByteBuffer, isRegular: Bool) {
        let entries = state.snapshot.tools
        let visible = state.snapshot.visibleEntries(of: kind, for: principal, nowMs: nowMs)
        let start = after.map { mark in first(of: visible) { precedes(mark, entries[$0].exposedName) } } ?? 0
        let page = visible[start..<pageEnd(state, visible, from: start)]
        let isRegular =
            (start == 0 ? nil : entries[visible[start - 1]].exposedName) == after
            && beginsPage(state, visible, at: start)
        let writer = ListWriter(version: version, identity: state.settings.identity, kind: kind)
        var out = ByteBuffer(capacity: page.reduce(512) { $0 + entries[$1].definition.count + 64 })
        writer.begin(&out)
        for index in page {
            let entry = entries[index]
            // A definition is checked when it enters the catalog; one that can't be written is left out.
            try? writer.append(entry.definition.span, exposedName: state.agentName(at: index), to: &out)
        }
        let isLast = page.endIndex == visible.count
        let cursor = isLast ? nil : page.last.map { Cursor(after: entries[$0].exposedName).text }
        writer.end(nextCursor: cursor, ttlMs: state.settings.listTTLMs, to: &out)
        return (out, isRegular)
    }

    /// The end of a page that begins at `start`: after `pageSize` tools, or before the tool that would make it too
    /// large.
    private func pageEnd(_ state: GatewayState, _ visible: [Int], from start: Int) -> Int {
        let countMax = max(1, state.settings.pageSize)
        var bytesLeft = state.settings.pageBytesMax
        var end = start
        while end < visible.count, end - start < countMax {
            bytesLeft -= state.snapshot.tools[visible[end]].definition.count
            guard bytesLeft >= 0 || end == start else { break }
            end += 1
        }
        return end
    }

    /// Whether a client that follows the cursors from the start gets to a page that begins at `position`.
    private func beginsPage(_ state: GatewayState, _ visible: [Int], at position: Int) -> Bool {
        guard position < visible.count else { return position == 0 }
        var start = 0
        while start < position { start = pageEnd(state, visible, from: start) }
        return start == position
    }

    /// The first position for which `isBehind` holds, if it holds for all later ones too. O(log n).
    private func first(of visible: [Int], _ isBehind: (Int) -> Bool) -> Int {
        var range = visible.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isBehind(visible[middle]) ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }

    /// Whether `name` comes after `mark` in the list's order, which is that of bytes.
    private func precedes(_ mark: String, _ name: String) -> Bool {
        mark.utf8.lexicographicallyPrecedes(name.utf8)
    }
}

extension GatewayState {
    /// What agents call the entry at that position: a name, a URI, or a template.
    fileprivate func agentName(at position: Int) -> String {
        switch tools[position].kind {
        case .tool: snapshot.tools[position].exposedName
        case .prompt, .instructions: snapshot.tools[position].agentName
        case .resource, .template: snapshot.resources.exposedURI(at: position)
        }
    }

    /// Whether both states render a list of the same tools in the same way.
    fileprivate func rendersEqually(_ other: GatewayState) -> Bool {
        toolsMark === other.toolsMark && settings.pageSize == other.settings.pageSize
            && settings.pageBytesMax == other.settings.pageBytesMax
            && settings.listTTLMs == other.settings.listTTLMs
    }
}
