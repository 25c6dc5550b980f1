import FoundationEssentials
import Glibc
import System
import TestSupport
import Testing

struct NewFileTests {
    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    @Test func `a published file is whole, private and the only one, whatever the umask`() throws {
        try withTemporaryDirectory { folder in
            let old = umask(0)
            defer { umask(old) }
            let file = try NewFile(becoming: "\(folder)/a.db")
            #expect(Files.status(file.path)?.mode == 0o600)
            #expect(!Files.exists("\(folder)/a.db"))
            try file.write(Array("whole".utf8))
            try file.publish(replacing: false)
            #expect(text("\(folder)/a.db") == "whole")
            #expect(Files.status("\(folder)/a.db")?.mode == 0o600)
            #expect(try Files.names(inFolder: folder) == ["a.db"])
        }
    }

    @Test func `a file that isn't published is removed`() throws {
        try withTemporaryDirectory { folder in
            do {
                let file = try NewFile(becoming: "\(folder)/a")
                try file.write([1, 2, 3])
            }
            #expect(try Files.names(inFolder: folder).isEmpty)
        }
    }

    @Test func `a file that is there is replaced only when that is asked for`() throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/a"
            try Data("old".utf8).write(to: URL(filePath: path))
            let error = #expect(throws: FileError.self) {
                let file = try NewFile(becoming: path)
                try file.publish(replacing: false)
            }
            #expect(error?.isPresent == true && text(path) == "old")
            let file = try NewFile(becoming: path)
            try file.write(Array("new".utf8))
            try file.publish(mode: 0o644, replacing: true)
            #expect(text(path) == "new" && Files.status(path)?.mode == 0o644)
            #expect(try Files.names(inFolder: folder) == ["a"])
        }
    }

    @Test func `a link is itself replaced, and its target stays`() throws {
        try withTemporaryDirectory { folder in
            try Data("kept".utf8).write(to: URL(filePath: "\(folder)/real"))
            #expect(symlink("\(folder)/real", "\(folder)/link") == 0)
            let file = try NewFile(becoming: "\(folder)/link")
            try file.write(Array("new".utf8))
            try file.publish(replacing: true)
            #expect(text("\(folder)/real") == "kept" && text("\(folder)/link") == "new")
            #expect(Files.status("\(folder)/link", followingLinks: false)?.kind == .file)
        }
    }

    @Test func `the error names a folder that doesn't exist`() throws {
        try withTemporaryDirectory { folder in
            let error = #expect(throws: FileError.self) { _ = try NewFile(becoming: "\(folder)/none/a").path }
            #expect(error?.path == "\(folder)/none" && error?.isAbsent == true)
        }
    }

    @Test func `a private folder is made with those above it`() throws {
        try withTemporaryDirectory { folder in
            try Files.makeFolders("\(folder)/a/b")
            #expect(
                Files.status("\(folder)/a/b")?.mode == 0o700 && Files.status("\(folder)/a")?.mode == 0o700
            )
            try Files.makeFolders("\(folder)/a/b")
        }
    }
}

struct CommandOutputTests {
    private func output(_ words: String..., bytesMax: Int = 100, within ms: Int = 20_000) throws -> String {
        let bytes = try CommandOutput.read(
            words,
            environment: ["PATH": "/usr/bin:/bin", "A": "b"],
            bytesMax: bytesMax,
            within: ms
        )
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a command's output is taken, and no shell reads its arguments`() throws {
        #expect(try output("printf", "%s", "a b;c") == "a b;c")
        #expect(try output("sh", "-c", "echo $A $HOME; echo noise >&2") == "b\n")
    }

    @Test func `a command that fails, is missing, prints too much or doesn't end gives an error`() {
        func reason(_ words: String..., within ms: Int = 20_000) -> String {
            do {
                _ = try CommandOutput.read(
                    words,
                    environment: ["PATH": "/usr/bin:/bin"],
                    bytesMax: 100,
                    within: ms
                )
                return ""
            } catch { return "\(error)" }
        }
        #expect(reason("sh", "-c", "echo secret; exit 3") == "it ended with status 3")
        #expect(reason("sh", "-c", "kill -9 $$") == "signal 9 ended it")
        #expect(reason("no-such-program-anywhere").hasPrefix("it can't be started"))
        #expect(reason("sh", "-c", "exec cat /dev/zero") == "it printed more than 100 bytes")
        #expect(reason("tail", "-f", "/dev/null", within: 50) == "it took too long")
        #expect(reason("sh", "-c", "exec sleep 1000 >&-", within: 50) == "signal 9 ended it")
    }
}
