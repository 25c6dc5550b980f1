import CLinux
package import EventLoop
import Glibc

/// Reports changes in a folder and all folders below it, also while the folder itself doesn't exist.
///
/// The kernel queues each change as it is made. So `look()` reports every change that was made before it, and whoever
/// calls it before each use never uses anything out of date.
/// Files count as changed when they are closed after writing, made, renamed or removed. The target of a link to a
/// folder is watched, that of a link to a single file isn't. Loop thread only. Source: inotify(7)
package final class FolderWatch: PollSink {
    package enum Change: Hashable, Sendable {
        /// What is at this path below the root, a file or a folder with all in it, has changed, come or gone. Empty for
        /// the root itself.
        case at(String)
        /// The kernel has dropped changes: anything may have changed.
        case lost
        /// Changes below this path aren't reported, for this reason.
        case unwatched(String, Obstacle)
    }

    /// Why folders aren't watched.
    package enum Obstacle: Hashable, Sendable {
        /// There are more than `Rules.foldersMax`.
        case bound
        /// All users' programs together watch as many as the kernel allows: `fs.inotify.max_user_watches`.
        case systemsBound
        /// The kernel refuses, with an `errno`: most often a folder that must not be read.
        case refused(CInt)
    }

    /// What is watched and reported.
    package struct Rules {
        /// Folders watched at once.
        package var foldersMax: Int
        /// Names whose changes aren't reported, and folders that aren't entered.
        package var passesOver: (_ name: String, _ isFolder: Bool) -> Bool
        /// Whether the folders in the folder at `path`, below the root, are watched; `names` are all the names in it.
        package var enters: (_ path: String, _ names: [String]) -> Bool

        package init(
            foldersMax: Int = 4096,
            passesOver: @escaping (_ name: String, _ isFolder: Bool) -> Bool = { _, _ in false },
            enters: @escaping (_ path: String, _ names: [String]) -> Bool = { _, _ in true }
        ) {
            self.foldersMax = foldersMax
            self.passesOver = passesOver
            self.enters = enters
        }
    }

    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR
    )
    private static let refusedMax = 20
    /// The most reads of one `look()`: enough for a full queue of the kernel's default length, 16,384 changes.
    private static let turnsMax = 128

    private let root: String
    private let loop: EventLoop
    private let rules: Rules
    private let onChanges: ([Change]) -> Void
    private let queue: CInt
    private var box: SinkBox?
    /// [watch] → the paths below the root by which that folder is reached: several where links lead to it.
    private var paths: [CInt: Set<String>] = [:]
    /// [path below the root] → watch
    private var watches: [String: CInt] = [:]
    /// The watch on the nearest folder above the root, while the root doesn't exist.
    private var stand: CInt?
    /// Whether a bound was reported already.
    private var isFull = false
    /// Paths whose refusal was reported.
    private var refused: Set<String> = []
    private var pending: [Change] = []

    /// - Parameters:
    ///   - root: an absolute path; nothing needs to be there.
    ///   - onChanges: gets what has changed, in order.
    package init(
        root: String,
        loop: EventLoop,
        rules: Rules = Rules(),
        onChanges: @escaping ([Change]) -> Void
    ) throws(LoopError) {
        loop.assertCurrent()
        self.root = root
        self.loop = loop
        self.rules = rules
        self.onChanges = onChanges
        queue = inotify_init1(CInt(IN_NONBLOCK | IN_CLOEXEC))
        guard queue >= 0 else { throw LoopError(call: "inotify_init1", code: linux_errno()) }
        do {
            box = try loop.watch(queue, .readable, self)
        } catch {
            close(queue)
            throw error
        }
        watchRoot()
        pending.removeAll { if case .at = $0 { true } else { false } }
        tell()
    }

    /// Ends it. To be called once.
    package func stop() {
        guard let box else { return }
        loop.unwatch(queue, box)
        self.box = nil
        close(queue)
    }

    /// Folders that are watched.
    package var folderCount: Int { paths.count }

    package func ready(_ events: Interest) { look() }

    /// Reports what has changed until now.
    package func look() {
        guard box != nil else { return }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<Self.turnsMax {
            let count = bytes.withUnsafeMutableBytes { read(queue, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            for event in InotifyEvent.all(bytes[..<count]) { take(event) }
        }
        tell()
    }

    private func tell() {
        guard !pending.isEmpty else { return }
        let changes = pending
        pending = []
        onChanges(changes)
    }
}

extension FolderWatch {
    // MARK: What happened

    private func take(_ event: InotifyEvent) {
        if event.has(IN_Q_OVERFLOW) {
            pending.append(.lost)
            return watchRoot()
        }
        if event.watch == stand { return watchRoot() }
        guard let reached = paths[event.watch] else { return }
        if event.has(IN_IGNORED) || event.has(IN_DELETE_SELF) || event.has(IN_MOVE_SELF) {
            for path in reached {
                forget(path)
                pending.append(.at(path))
            }
            if reached.contains("") { watchRoot() }
            return
        }
        let isFolder = event.has(IN_ISDIR)
        guard !event.name.isEmpty, !rules.passesOver(event.name, isFolder) else { return }
        for path in reached {
            let changed = path.isEmpty ? event.name : "\(path)/\(event.name)"
            if event.has(IN_DELETE) || event.has(IN_MOVED_FROM) {
                forget(changed)
            } else if isFolder || !event.has(IN_CLOSE_WRITE), Files.isFolder(place(changed)) {
                // A link to a folder is reported as a file is.
                if !isFolder, rules.passesOver(event.name, true) { continue }
                forget(changed)
                if rules.enters(path, (try? Files.names(inFolder: place(path))) ?? []) { enter(changed) }
            }
            pending.append(.at(changed))
        }
    }

    // MARK: What is watched

    private func place(_ path: String) -> String { path.isEmpty ? root : "\(root)/\(path)" }

    /// Watches the root and everything below it anew; while the root doesn't exist, the nearest folder above it.
    private func watchRoot() {
        if let stand { inotify_rm_watch(queue, stand) }
        stand = nil
        for watch in paths.keys { inotify_rm_watch(queue, watch) }
        (paths, watches, isFull, refused) = ([:], [:], false, [])
        while true {
            if Files.isFolder(root), enter("") {
                if watches[""] != nil { pending.append(.at("")) }
                return
            }
            guard let above = nearestFolder() else { return }
            let mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
            let watch = inotify_add_watch(queue, above, mask)
            let code = linux_errno()
            // Either may have come or gone between the check and the watch.
            if watch >= 0, nearestFolder() == above, !Files.isFolder(root) {
                stand = watch
                return
            }
            if watch >= 0 {
                inotify_rm_watch(queue, watch)
            } else if !isGone(code) {
                return cannotWatch("", code)
            }
        }
    }

    private func nearestFolder() -> String? {
        var path = Files.folder(of: root)
        while !path.isEmpty, path != "/", !Files.isFolder(path) { path = Files.folder(of: path) }
        return path.isEmpty ? nil : path
    }

    /// Watches a folder and those in it.
    /// - Returns: false when the path isn't a folder any more, which its parent's watch reports. An obstacle is
    ///   reported here.
    @discardableResult
    private func enter(_ path: String) -> Bool {
        guard paths.count < rules.foldersMax else {
            fill(path, .bound)
            return true
        }
        let watch = inotify_add_watch(queue, place(path), Self.mask)
        guard watch >= 0 else {
            let code = linux_errno()
            if isGone(code) { return false }
            cannotWatch(path, code)
            return true
        }
        // Links may lead back to where they come from.
        let isLoop = (paths[watch] ?? []).contains { path.hasPrefix($0.isEmpty ? "" : "\($0)/") }
        if isLoop { return true }
        paths[watch, default: []].insert(path)
        watches[path] = watch
        guard let names = try? Files.names(inFolder: place(path)), rules.enters(path, names) else {
            return true
        }
        for name in names where !rules.passesOver(name, true) {
            let inner = path.isEmpty ? name : "\(path)/\(name)"
            if Files.isFolder(place(inner)) { enter(inner) }
        }
        return true
    }

    private func isGone(_ code: CInt) -> Bool { code == ENOENT || code == ENOTDIR }

    private func cannotWatch(_ path: String, _ code: CInt) {
        if code == ENOSPC { return fill(path, .systemsBound) }
        guard refused.count < Self.refusedMax, refused.insert(path).inserted else { return }
        pending.append(.unwatched(path, .refused(code)))
    }

    private func fill(_ path: String, _ bound: Obstacle) {
        if !isFull { pending.append(.unwatched(path, bound)) }
        isFull = true
    }

    /// Stops watching the path and everything below it.
    private func forget(_ path: String) {
        guard watches[path] != nil else { return }
        let gone = watches.keys.filter { $0 == path || path.isEmpty || $0.hasPrefix("\(path)/") }
        for inner in gone {
            guard let watch = watches.removeValue(forKey: inner) else { continue }
            paths[watch]?.remove(inner)
            guard paths[watch]?.isEmpty == true else { continue }
            paths[watch] = nil
            inotify_rm_watch(queue, watch)
        }
    }
}

/// One change as the kernel writes it. Source: struct inotify_event in inotify(7)
private struct InotifyEvent {
    private static let headCount = 16

    let watch: CInt
    let mask: UInt32
    /// The name of the file in the watched folder; empty when the change is about the folder itself.
    let name: String

    func has(_ bit: CInt) -> Bool { mask & UInt32(bitPattern: bit) != 0 }

    func has(_ bit: UInt32) -> Bool { mask & bit != 0 }

    static func all(_ bytes: ArraySlice<UInt8>) -> [InotifyEvent] {
        var events: [InotifyEvent] = []
        var rest = bytes
        while rest.count >= headCount {
            func word(_ index: Int) -> UInt32 {
                let start = rest.startIndex + 4 * index
                return rest.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: start - rest.startIndex, as: UInt32.self)
                }
            }
            let nameCount = Int(word(3))
            guard nameCount <= rest.count - headCount else { break }
            let name = rest.dropFirst(headCount).prefix(nameCount).prefix { $0 != 0 }
            events.append(
                InotifyEvent(
                    watch: CInt(bitPattern: word(0)),
                    mask: word(1),
                    name: String(decoding: name, as: UTF8.self)
                )
            )
            rest = rest.dropFirst(headCount + nameCount)
        }
        return events
    }
}
