import Foundation
import Glibc
import System
import Testing
import TestSupport

struct FilesTests {
    @Test
    func `reads a whole file, up to the bound`() throws {
        try withTemporaryDirectory { folder in
            let path = "\(folder)/a"
            let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(try Files.read(path, bytesMax: 50_000) == bytes)
            let error = try #require(throws: FileError.self) { try Files.read(path, bytesMax: 49_999) }
            #expect(error.reason == "larger than 49999 bytes")
        }
    }

    @Test
    func `an error says what is wrong with a path`() throws {
        try withTemporaryDirectory { folder in
            let absent = try #require(throws: FileError.self) { try Files.read("\(folder)/no", bytesMax: 1) }
            #expect(absent.isAbsent && absent.description == "\(folder)/no: No such file or directory")
            let aFolder = try #require(throws: FileError.self) { try Files.read(folder, bytesMax: 1) }
            #expect(aFolder.reason == "Is a directory")
            mkfifo("\(folder)/pipe", 0o600)
            let pipe = try #require(throws: FileError.self) { try Files.read("\(folder)/pipe", bytesMax: 1) }
            #expect(pipe.reason == "not a regular file")
            #expect(throws: FileError.self) { try Files.names(inFolder: "\(folder)/no") }
        }
    }

    @Test
    func `lists a folder in byte order and knows a folder from a file`() throws {
        try withTemporaryDirectory { folder in
            for name in ["b", "a", "Z"] { mkdir("\(folder)/\(name)", 0o700) }
            try Data().write(to: URL(fileURLWithPath: "\(folder)/.file"))
            #expect(try Files.names(inFolder: folder) == [".file", "Z", "a", "b"])
            #expect(Files.isFolder("\(folder)/a") && !Files.isFolder("\(folder)/.file"))
            #expect(Files.exists("\(folder)/.file") && !Files.exists("\(folder)/no"))
        }
    }

    @Test
    func `makes a path absolute without touching one that is`() {
        #expect(Files.absolute("/x/y") == "/x/y")
        #expect(Files.absolute("y") == "\(Files.absolute(""))/y")
        #expect(Files.absolute("").hasPrefix("/"))
    }

    @Test(arguments: [
        ("a/b", "x", "x/a/b"), ("/a", "x", "/a"), ("a", "", "a"), ("a", ".", "a"), ("a", "/", "/a"),
    ])
    func `resolves a path in a folder`(_ path: String, _ folder: String, _ resolved: String) {
        #expect(Files.resolve(path, in: folder) == resolved)
    }

    @Test(arguments: [("a/b", "a"), ("a", ""), ("/a", "/"), ("a/b/", "a/b"), ("", "")])
    func `knows the folder of a path`(_ path: String, _ folder: String) {
        #expect(Files.folder(of: path) == folder)
    }

    @Test
    func `reads the environment`() {
        #expect(Files.environment()["PATH"] == ProcessInfo.processInfo.environment["PATH"])
    }
}
