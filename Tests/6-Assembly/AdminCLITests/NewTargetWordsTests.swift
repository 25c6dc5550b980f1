@testable import AdminCLI
import Foundation
import TestSupport
import Testing

/// The words of `target new`, as they are checked before anything is made.
struct NewTargetWordsTests {
    @Test(arguments: [
        ("server", ["server"]), ("  server  --x  1 ", ["server", "--x", "1"]),
        ("s --path '/a b/c' \"d e\"", ["s", "--path", "/a b/c", "d e"]),
        ("s a\\ b '' \"\\\"\"", ["s", "a b", "", "\""]),
        ("s 'a\\b'", ["s", "a\\b"]), ("s x'y'z", ["s", "xyz"]),
    ])
    func `a command line is split as a shell splits it`(_ line: String, _ words: [String]) throws {
        #expect(try shellWords(line) == words)
    }

    @Test(arguments: ["", "   ", "s 'a", "s \"a", "s \\"])
    func `an incomplete command line is refused`(_ line: String) {
        #expect(throws: UsageError.self) { try shellWords(line) }
    }

    @Test(arguments: [
        ("mcp-server-time", "mcp-server-time"), ("name[extra,more]==1.2.3", "name"), ("mcp<2", "mcp"),
        ("awslabs.x_y", "awslabs.x_y"), ("a~=1.0", "a"), ("a>=1,<2", "a"),
    ])
    func `a package is given by its name, with extras and a version`(_ text: String, _ name: String) throws {
        let package = try WrappedPackage(text)
        #expect(package.name == name && package.requirement == text)
    }

    @Test(arguments: [
        "", "-r", "--index-url=http://x", "./folder", "/tmp/x.whl", "git+https://x/y", "https://x/y.whl",
        "a b",
        "name @ https://x", "a;python_version<'4'", "a\nb", "é", "a-",
    ])
    func `an option, a path or a URL is refused as a package`(_ text: String) {
        #expect(throws: UsageError.self) { try WrappedPackage(text) }
    }

    @Test func `variables are given with a value, or by name for secrets`() throws {
        #expect(try FunctionSetting("CITY=New York = NY").value == "New York = NY")
        #expect(try FunctionSetting("CITY=").value == "")
        #expect(try FunctionSetting("API_KEY").value == nil)
        for text in [
            "API_KEY=abc", "my_token=x", "DB_PASSWORD=x", "X=mgw_abcdefgh_secret1", "1X=y", "A B=c", "=x",
            "X=${Y}",
            "X=a\nb",
        ] {
            #expect(throws: UsageError.self, "\(text)") { try FunctionSetting(text) }
        }
    }

    private func facts(_ scripts: [(String, String)]) -> Packages.Facts {
        Packages.Facts(
            name: "Some.Server",
            version: "1",
            scripts: scripts.map { (name: $0.0, entry: $0.1) },
            mcpVersion: nil
        )
    }

    @Test func `a server is started by its package's own program, or as --command says`() throws {
        let package = try WrappedPackage("some.server")
        let one = facts([("run-it", "pkg.mod:app.main")])
        let start = ["python", "-c", "import sys, pkg.mod; sys.exit(pkg.mod.app.main())"]
        #expect(try package.command(one, nil) == start)
        #expect(try package.command(one, ["run-it", "--x", "1"]) == start + ["--x", "1"])
        #expect(try package.command(one, ["python3", "-m", "pkg"]) == ["python", "-m", "pkg"])
        #expect(try package.command(one, ["node", "x.js"]) == ["node", "x.js"])
        let two = facts([("other", "o:m"), ("some_server", "s:m")])
        #expect(try package.command(two, nil)[2] == "import sys, s; sys.exit(s.m())")
        for (scripts, word) in [
            ([("a", "a:m"), ("b", "b:m")], "several programs: a, b"), ([], "has no program"),
        ] {
            let error = #expect(throws: CommandFailure.self) { try package.command(facts(scripts), nil) }
            #expect(error?.description.contains(word) == true)
        }
    }

    @Test func `handlers are valid Python, whatever the names hold`() {
        let text = WrapHandler.text(package: "x", command: ["python", "-c", "print(\"a\\n\")", "it's"])
        #expect(text.contains(#"COMMAND = ["python", "-c", "print(\"a\\n\")", "it's"]"#))
        #expect(PlainHandler.text(target: "hello").hasPrefix("\"\"\"hello: tools for agents"))
    }

    @Test(arguments: [
        ("mcp-server-time[http2,a-b]", "mcp-server-time[http2,a-b]==2"),
        ("pyjwt[crypto]>=1", "pyjwt[crypto]==2"),
        ("a[x_1.y, z]==1", "a[x_1.y, z]==2"), ("name<3", "name==2"), ("name", "name==2"),
    ])
    func `the version that was tried is pinned with all extras`(_ text: String, _ line: String) throws {
        #expect(try WrappedPackage(text).pinned(to: "2") == line)
    }

    @Test(arguments: [
        ("My_Func", "as in my-func"), ("a--b", "as in a-b"), ("gateway", "such as gateway-tools"),
    ])
    func `a name that can't be used is answered with one that can`(_ name: String, _ words: String) throws {
        let parsed = try ParsedWords([name], TargetNew.usage)
        let error = #expect(throws: UsageError.self) { try TargetNew(parsed) }
        #expect(error?.message.hasSuffix(words) == true)
    }

    private func deployWord(_ settings: [String], _ folder: String) throws -> String {
        let files = FunctionFiles(
            target: "hello",
            contract: "jsonrpc",
            description: "x",
            python: Interpreter(path: "/usr/bin/python3", version: "3.12", architecture: "arm64"),
            requirements: [],
            settings: try settings.map { try FunctionSetting($0) },
            memoryMB: 128
        )
        let words = files.readme.split(separator: "--environment ").last?.split(separator: "\n").first
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.currentDirectoryURL = URL(filePath: folder)
        shell.environment = ["PATH": "/usr/bin:/bin", "API_KEY": "s e$cret"]
        shell.arguments = ["-c", "printf '%s\n' \(try #require(words))"]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test func `the deploy command runs nothing in the shell, and passes the values unchanged`() throws {
        try withTemporaryDirectory { folder in
            let settings = ["G=$(touch a)", "H=`touch b`", "I='; touch c; '", "J=x,y}\"\\", "K=", "API_KEY"]
            let word = try deployWord(settings, folder)
            #expect(
                word == #"""
                    Variables={G="$(touch a)",H="`touch b`",I="'; touch c; '",J="x,y}\"\\",K="",API_KEY="s e$cret"}

                    """#
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}
