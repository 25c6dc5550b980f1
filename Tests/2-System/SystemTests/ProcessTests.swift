import EventLoop
import Foundation
import System
import Testing
import TestSupport

/// What a child printed, and how it ended.
struct Outcome: Sendable {
    var text = ""
    var status = ExitStatus.exited(-1)
    var peakMemoryKiB = 0
}

/// Collects a child's output on the loop, and resumes whoever waits for its end.
final class Watcher: @unchecked Sendable {  // loop thread only
    var outcome = Outcome()
    var child: Child?
    var waiter: CheckedContinuation<Outcome, Never>?
    var onText: (String) -> Void = { _ in }

    func start(_ command: Command, on loop: EventLoop) throws {
        child = try Child(
            command,
            on: loop,
            onOutput: { bytes in
                self.outcome.text += String(decoding: bytes, as: UTF8.self)
                self.onText(self.outcome.text)
            },
            onExit: { exit in
                self.outcome.status = exit.status
                self.outcome.peakMemoryKiB = exit.peakMemoryKiB
                self.child = nil
                self.waiter?.resume(returning: self.outcome)
                self.waiter = nil
            }
        )
    }

    func end() async -> Outcome {
        if child == nil { return outcome }
        return await withCheckedContinuation { waiter = $0 }
    }
}

private func shell(_ script: String, environment: [String: String] = [:], directory: String? = nil) -> Command
{
    Command(
        arguments: ["/bin/sh", "-c", script],
        environment: environment.merging(["PATH": "/usr/bin:/bin"]) { given, _ in given },
        directory: directory
    )
}

/// Runs a command to its end.
private func run(_ command: Command) async throws -> Outcome {
    try await withLoop { loop in
        let watcher = Watcher()
        try watcher.start(command, on: loop)
        return await watcher.end()
    }
}

/// Whether any process is in that group.
private func groupIsAlive(_ group: Int) -> Bool { kill(pid_t(-group), 0) == 0 }

@Suite(.timeLimit(.minutes(1)))
struct ChildTests {
    @Test func `standard error may be discarded`() async throws {
        var command = shell("echo one; echo two >&2; echo three; exit 7")
        command.discardsErrors = true
        let outcome = try await run(command)
        #expect(outcome.text == "one\nthree\n" && outcome.status == .exited(7))
    }

    @Test func `both outputs arrive in order, and the exit status`() async throws {
        let outcome = try await run(shell("echo one; echo two >&2; echo three; exit 7"))
        #expect(outcome.text == "one\ntwo\nthree\n")
        #expect(outcome.status == .exited(7))
        #expect(outcome.peakMemoryKiB > 100)
    }

    @Test func `the environment is exactly what was given`() async throws {
        let command = Command(arguments: ["/usr/bin/env"], environment: ["B": "2 = two", "A": "é\nline"])
        let outcome = try await run(command)
        #expect(outcome.text == "A=é\nline\nB=2 = two\n")
    }

    @Test func `a child starts in its directory, with empty input, in its own process group`() async throws {
        let outcome = try await run(
            shell("pwd; cat; ps -o pgid= -p $$ | tr -d ' '; echo $$", directory: "/usr")
        )
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "/usr")
        #expect(lines[1] == lines[2])
    }

    @Test func `no descriptor but the three standard ones is inherited`() async throws {
        let fd = open("/dev/null", O_RDONLY)  // not close-on-exec
        defer { close(fd) }
        let outcome = try await run(shell("ls /proc/self/fd"))
        #expect(outcome.text.split(separator: "\n").map(String.init) == ["0", "1", "2", "3"])  // 3: ls itself
    }

    @Test func `signals that the gateway ignores or blocks have their usual effect in the child`()
        async throws
    {
        signal(SIGPIPE, SIG_IGN)
        let outcome = try await run(shell("kill -PIPE $$; echo survived"))
        #expect(outcome.status == .signalled(Int(SIGPIPE)))
        #expect(outcome.text.isEmpty)
    }

    @Test func `kill ends the whole group, children of the child too`() async throws {
        let (outcome, group) = try await withLoop { loop in
            let watcher = Watcher()
            try watcher.start(shell("sleep 600 & sleep 600 & echo ready; wait"), on: loop)
            let group = try #require(watcher.child?.pid)
            watcher.onText = { if $0 == "ready\n" { watcher.child?.kill() } }
            return (await watcher.end(), group)
        }
        #expect(outcome.status == .signalled(9))
        try await expectGone(group)
    }

    @Test func `what a child leaves running is killed when it ends`() async throws {
        let (outcome, group) = try await withLoop { loop in
            let watcher = Watcher()
            try watcher.start(shell("sleep 600 & echo left behind"), on: loop)
            let group = try #require(watcher.child?.pid)
            return (await watcher.end(), group)
        }
        #expect(outcome.status == .exited(0))
        #expect(outcome.text == "left behind\n")
        try await expectGone(group)
    }

    @Test func `a dropped child is killed and reaped`() async throws {
        let group = try await withLoop { loop in
            var child: Child? = try Child(shell("sleep 600"), on: loop, onOutput: { _ in }, onExit: { _ in })
            let group = try #require(child?.pid)
            child = nil
            return group
        }
        try await expectGone(group)
    }

    @Test func `children are killed when the loop's thread ends`() async throws {
        let box = Watcher()
        let group = try await withLoop { loop in
            try box.start(shell("exec sleep 600"), on: loop)
            return try #require(box.child?.pid)
        }
        // The loop and its thread are gone; the kernel has sent the signal, nobody has reaped.
        var status = siginfo_t()
        #expect(waitid(P_PID, id_t(group), &status, WEXITED | WNOWAIT) == 0)
        #expect(status.si_code == CLD_KILLED)
        // A child that nobody reaps keeps whoever waits for any child busy, as the exit tests' monitor does.
        #expect(waitpid(pid_t(group), nil, 0) == pid_t(group))
    }

    @Test func `a large output arrives whole, and memory can be read while it runs`() async throws {
        let (outcome, memory) = try await withLoop { loop in
            let watcher = Watcher()
            try watcher.start(shell("head -c 3000000 /dev/zero | tr '\\0' x"), on: loop)
            let memory = watcher.child?.peakMemoryKiB
            return (await watcher.end(), memory)
        }
        #expect(outcome.text.utf8.count == 3_000_000)
        #expect((memory ?? 0) > 0)
    }

    /// Init reaps orphaned processes a moment after they have died.
    private func expectGone(_ group: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while groupIsAlive(group), ContinuousClock.now < deadline { await Task.yield() }
        #expect(!groupIsAlive(group))
    }
}

struct SpawnErrorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var command: Command
        var says: String
        var testDescription: String { says }
    }

    @Test(arguments: [
        Row(command: Command(arguments: []), says: "the command is empty; name a program"),
        Row(
            command: Command(arguments: ["nosuch-program"], environment: ["PATH": "/bin:/usr/bin"]),
            says:
                "command 'nosuch-program' was not found (PATH=/bin:/usr/bin); install it or give its full path"
        ),
        Row(
            command: Command(arguments: ["./nosuch"], directory: "/usr"),
            says: "command './nosuch' was not found (/usr/./nosuch); install it or give its full path"
        ),
        Row(
            command: Command(arguments: ["/etc/passwd"]),
            says:
                "command '/etc/passwd': /etc/passwd is not executable; chmod +x it, or name its interpreter first"
        ),
        Row(
            command: Command(arguments: ["/bin/true"], directory: "/nosuch"),
            says: "command '/bin/true': cannot start in directory /nosuch (No such file or directory); "
                + "create it or correct the path"
        ),
        Row(
            command: Command(arguments: ["/bin/echo", "a\0b"]),
            says: "command '/bin/echo' holds a NUL byte in an argument, variable or path; remove it"
        ),
    ])
    func `a command that cannot start says why and what to do`(_ row: Row) async throws {
        let text = try await withLoop { loop in
            do throws(SpawnError) {
                _ = try Child(row.command, on: loop, onOutput: { _ in }, onExit: { _ in })
                return "started"
            } catch {
                return error.description
            }
        }
        #expect(text == row.says)
    }

    @Test func `a script whose interpreter is missing is distinguished from a missing script`() async throws {
        let script = FileManager.default.temporaryDirectory.appendingPathComponent("script-\(UUID())").path
        // Written by a process of its own: a copy of our descriptor in another test's child would make it busy.
        _ = try await run(shell("printf '#!/nosuch/interpreter\\n' > \(script); chmod 755 \(script)"))
        defer { try? FileManager.default.removeItem(atPath: script) }
        let reason = try await withLoop { loop in
            do throws(SpawnError) {
                _ = try Child(Command(arguments: [script]), on: loop, onOutput: { _ in }, onExit: { _ in })
                return SpawnError.Reason?.none
            } catch {
                return error.reason
            }
        }
        #expect(reason == .notRunnable(file: script, why: "the interpreter is missing"))
    }

    @Test func `a program on the child's PATH is found`() throws {
        let command = Command(arguments: ["true"], environment: ["PATH": "/nosuch:/bin"])
        #expect(try command.program() == "/bin/true")
    }
}
