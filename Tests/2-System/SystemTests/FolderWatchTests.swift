import EventLoop
import Foundation
import System
import TestSupport
import Testing

/// The changes that a folder watch reports, after real changes of real files.
struct FolderWatchTests {
    /// The changes that were reported since the last call of `take`.
    private final class Told {
        var changes: [FolderWatch.Change] = []
        func take() -> [FolderWatch.Change] {
            defer { changes = [] }
            return changes
        }
    }

    private func write(_ path: String, _ text: String = "x") throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Runs `body` with a watch on `root`, which need not be there, and `look`, which returns what has changed
    /// meanwhile.
    private func watching(
        _ root: String,
        rules: @escaping @Sendable () -> FolderWatch.Rules = { FolderWatch.Rules() },
        _ body: @escaping @Sendable (FolderWatch, _ look: () -> [FolderWatch.Change]) throws -> Void
    ) async throws {
        try await withLoop { loop in
            let told = Told()
            let watch = try FolderWatch(root: root, loop: loop, rules: rules()) { told.changes += $0 }
            defer { watch.stop() }
            #expect(told.take().isEmpty)
            try body(watch) {
                watch.look()
                return told.take()
            }
        }
    }

    @Test func `files written, renamed over or removed are reported, also in folders that come later`()
        async throws
    {
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/a/deep/er")
            try await watching(folder) { _, look in
                try write("\(folder)/a/deep/er/one.py")
                #expect(look().contains(.at("a/deep/er/one.py")))
                try write("\(folder)/a/new.tmp")
                _ = look()
                rename("\(folder)/a/new.tmp", "\(folder)/a/deep/er/one.py")
                #expect(look().contains(.at("a/deep/er/one.py")))
                unlink("\(folder)/a/deep/er/one.py")
                #expect(look() == [.at("a/deep/er/one.py")])
                try makeFolder("\(folder)/b/x")
                #expect(look().contains(.at("b")))
                try write("\(folder)/b/x/two.py")
                #expect(look().contains(.at("b/x/two.py")))
                #expect(look().isEmpty)
            }
        }
    }

    @Test func `a folder that is moved away is forgotten, and watched again where it comes back`()
        async throws
    {
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/root/a/b")
            try await watching("\(folder)/root") { watch, look in
                rename("\(folder)/root/a", "\(folder)/away")
                #expect(look().contains(.at("a")))
                #expect(watch.folderCount == 1)
                try write("\(folder)/away/b/f")
                #expect(look().isEmpty)
                rename("\(folder)/away", "\(folder)/root/c")
                #expect(look() == [.at("c")])
                #expect(watch.folderCount == 3)
                try write("\(folder)/root/c/b/f")
                #expect(look().contains(.at("c/b/f")))
            }
        }
    }

    @Test func `a root that doesn't exist, yet or any more, is watched as soon as it comes`() async throws {
        try await withTemporaryDirectory { folder in
            let root = "\(folder)/x/y/root"
            try await watching(root) { watch, look in
                #expect(watch.folderCount == 0)
                try write("\(folder)/unrelated")
                #expect(look().isEmpty)
                try makeFolder("\(root)/a")
                #expect(look() == [.at("")])
                try write("\(root)/a/f")
                #expect(look().contains(.at("a/f")))
                try FileManager.default.removeItem(atPath: "\(folder)/x")
                #expect(look().contains(.at("")))
                #expect(watch.folderCount == 0)
                try makeFolder("\(root)/b")
                #expect(look().contains(.at("")))
                try write("\(root)/b/f")
                #expect(look().contains(.at("b/f")))
            }
        }
    }

    @Test func `a link to a folder is followed, but not one that leads back to where it is`() async throws {
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/elsewhere/lib")
            try makeFolder("\(folder)/root")
            try await watching("\(folder)/root") { watch, look in
                symlink("\(folder)/elsewhere", "\(folder)/root/a")
                symlink("\(folder)/elsewhere", "\(folder)/root/b")
                #expect(Set(look()) == [.at("a"), .at("b")])
                symlink("\(folder)/root", "\(folder)/elsewhere/lib/back")
                symlink(".", "\(folder)/elsewhere/self")
                #expect(!look().isEmpty)
                #expect(watch.folderCount == 3)
                try write("\(folder)/elsewhere/lib/f")
                #expect(Set(look()).isSuperset(of: [.at("a/lib/f"), .at("b/lib/f")]))
                unlink("\(folder)/root/a")
                #expect(look() == [.at("a")])
                try write("\(folder)/elsewhere/g")
                #expect(Set(look()) == [.at("b/g")])
            }
        }
    }

    @Test func `names that the rules pass over are neither reported nor entered`() async throws {
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/a/skipped/in")
            try makeFolder("\(folder)/a/packages/x.dist-info")
            try await watching(
                folder,
                rules: {
                    FolderWatch.Rules(
                        passesOver: { name, isFolder in isFolder ? name == "skipped" : name.hasSuffix("~") },
                        enters: { _, names in !names.contains { $0.hasSuffix(".dist-info") } }
                    )
                }
            ) { watch, look in
                #expect(watch.folderCount == 3)
                try write("\(folder)/a/skipped/in/f")
                try write("\(folder)/a/f~")
                try write("\(folder)/a/packages/x.dist-info/RECORD")
                #expect(look().isEmpty)
                try write("\(folder)/a/packages/y.py")
                #expect(look().contains(.at("a/packages/y.py")))
                try makeFolder("\(folder)/b/skipped")
                #expect(look().contains(.at("b")))
                try write("\(folder)/b/skipped/f")
                #expect(look().isEmpty)
            }
        }
    }

    @Test func `too many folders are reported once, and the watched ones stay watched`() async throws {
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/a")
            try await watching(folder, rules: { FolderWatch.Rules(foldersMax: 4) }) { watch, look in
                for number in 1...6 { try makeFolder("\(folder)/a/\(number)") }
                let told = look().filter { if case .unwatched(_, .bound) = $0 { true } else { false } }
                #expect(told.count == 1)
                #expect(watch.folderCount == 4)
                try write("\(folder)/a/f")
                #expect(look().contains(.at("a/f")))
            }
        }
    }

    /// Runs `body` as a user who isn't root on this thread alone, so that a folder's mode counts.
    private func asNobody(_ body: () throws -> Void) throws {
        guard getuid() == 0 else { return try body() }
        let symbol = try #require(dlsym(nil, "setfsuid"))
        let setUser = unsafeBitCast(symbol, to: (@convention(c) (uid_t) -> CInt).self)
        _ = setUser(65_534)
        defer { _ = setUser(0) }
        try body()
    }

    /// A root that is there and can't be watched isn't waited for.
    @Test func `a root that can't be watched is reported, and the watch is made all the same`() async throws {
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/root/a")
            try await withLoop { loop in
                let told = Told()
                let none = FolderWatch.Rules(foldersMax: 0)
                let full = try FolderWatch(root: "\(folder)/root", loop: loop, rules: none) {
                    told.changes += $0
                }
                #expect(told.take() == [.unwatched("", .bound)] && full.folderCount == 0)
                full.stop()
                chmod(folder, 0o755)
                chmod("\(folder)/root", 0)
                defer { chmod("\(folder)/root", 0o700) }
                try asNobody {
                    let watch = try FolderWatch(root: "\(folder)/root", loop: loop) { told.changes += $0 }
                    #expect(told.take() == [.unwatched("", .refused(EACCES))] && watch.folderCount == 0)
                    watch.stop()
                }
            }
        }
    }

    @Test func `a folder that can't be read is reported once, and the others are watched`() async throws {
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/a/closed")
            try makeFolder("\(folder)/a/open")
            for path in ["", "/a", "/a/open"] { chmod(folder + path, 0o755) }
            chmod("\(folder)/a/closed", 0)
            defer { chmod("\(folder)/a/closed", 0o700) }
            try await withLoop { loop in
                try asNobody {
                    let told = Told()
                    let watch = try FolderWatch(root: folder, loop: loop) { told.changes += $0 }
                    defer { watch.stop() }
                    #expect(told.take() == [.unwatched("a/closed", .refused(EACCES))])
                    #expect(watch.folderCount == 3)
                }
            }
        }
    }

    @Test func `changes that the kernel had to drop are reported as lost, and everything is watched again`()
        async throws
    {
        let max = Int(
            try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
                .trimmingCharacters(
                    in: .whitespacesAndNewlines
                )
        )
        let count = try #require(max) + 10
        try await withTemporaryDirectory { folder in
            try makeFolder("\(folder)/a")
            try await watching(folder) { _, look in
                // Each change names another file, because the kernel joins equal ones.
                for number in 0..<count / 2 + 1 {
                    rename("\(folder)/a", "\(folder)/a\(number)")
                    rename("\(folder)/a\(number)", "\(folder)/a")
                }
                #expect(look().contains(.lost))
                try write("\(folder)/a/f")
                #expect(look().contains(.at("a/f")))
            }
        }
    }

    @Test func `changes are reported without a call of look`() async throws {
        try await withTemporaryDirectory { folder in
            try await withLoop { loop in
                var watch: FolderWatch?
                let change = await withCheckedContinuation { continuation in
                    var isTold = false
                    watch = try? FolderWatch(root: folder, loop: loop) { changes in
                        if !isTold { continuation.resume(returning: changes.first) }
                        isTold = true
                    }
                    #expect(watch != nil)
                    mkdir("\(folder)/a", 0o700)
                }
                #expect(change == .at("a"))
                watch?.stop()
            }
        }
    }
}
