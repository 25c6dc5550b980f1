import Glibc
import Server
import System
import Testing

/// Which target a change in the targets' folder belongs to.
struct TargetChangesTests {
    private let now = ContinuousClock.now

    @Test func `a file belongs to its target, and a target.toml is a declaration`() {
        var changes = TargetChanges()
        #expect(changes.add("hello/lib/a.py", at: now) == "hello")
        #expect(changes.add("hello/handler.py", at: now) == "hello")
        #expect(changes.add("hello/handler.py", at: now) == "hello")
        #expect(!changes.isDeclaration)
        #expect(changes.targets["hello"]?.text == "lib/a.py and 1 more changed")
        _ = changes.add("other/target.toml", at: now)
        #expect(changes.isDeclaration && changes.targets["other"]?.text == "target.toml changed")
        // The file may be the schema of a tool.
        var others = TargetChanges()
        _ = others.add("hello/schemas/now.json", at: now)
        #expect(others.isDeclaration)
    }

    @Test
    func `a folder that appears or disappears is a declaration, and the folder of all targets means all`() {
        var changes = TargetChanges()
        #expect(changes.isEmpty)
        _ = changes.add("hello", at: now)
        #expect(changes.isDeclaration && !changes.isAll)
        #expect(changes.add("", at: now) == nil)
        #expect(changes.isAll)
    }

    @Test func `a file that existed only for a moment isn't named, unless there is no other`() {
        var changes = TargetChanges()
        _ = changes.add("hello/.tmp123", at: now)
        _ = changes.add("hello/handler.py", at: now)
        _ = changes.add("other/gone.py", at: now)
        changes.leaveOut { _, file in file == "handler.py" }
        #expect(changes.targets["hello"]?.text == "handler.py changed")
        #expect(changes.targets["other"]?.text == "gone.py changed")
    }

    @Test func `the number of names is bounded`() {
        var changes = TargetChanges()
        for number in 0..<1000 { _ = changes.add("hello/\(number)", at: now) }
        #expect(changes.targets["hello"]?.names.count == 100)
    }

    @Test(arguments: [
        ("handler.py", false, false), ("data.json", false, false), (".env", false, false),
        ("lib", true, false),
        ("packages", true, false), (".git", true, true), (".venv", true, true), ("__pycache__", true, true),
        ("node_modules", true, true), (".handler.py.swp", false, true), ("handler.py~", false, true),
        (".#handler.py", false, true), ("#handler.py#", false, true), ("4913", false, true),
        ("x.pyc", false, true), ("x.db-wal", false, true), ("target.toml.tmp", false, true),
    ])
    func `files that editors and tools leave behind are ignored`(
        _ name: String,
        _ isFolder: Bool,
        _ isPassed: Bool
    ) {
        #expect(WatchRules.passesOver(name, isFolder) == isPassed)
    }

    @Test func `each reason why folders aren't watched is shown`() {
        for (obstacle, words) in [
            (FolderWatch.Obstacle.bound, "more than 4096 folders"),
            (.systemsBound, "fs.inotify.max_user_watches"),
            (.refused(EACCES), "Permission denied"),
        ] {
            let text = WatchRules.words(for: obstacle, below: "hello/lib")
            #expect(
                text.hasPrefix("changes below hello/lib aren't noticed (") && text.contains(words),
                "\(text)"
            )
        }
    }
}
