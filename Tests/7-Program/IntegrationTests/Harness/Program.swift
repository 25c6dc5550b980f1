import Foundation
import Glibc

/// A program that a test runs: its output as it arrives, and its end.
///
/// It starts in a process group of its own with no signal blocked or ignored, whatever the test's threads block.
/// (Foundation's `Process` passes their mask on.) `stop()` ends every process of the group.
final class Program: @unchecked Sendable {  // `state` is guarded by `lock`
    struct Output: Sendable {
        var out = ""
        var err = ""
        /// The exit status; 128 plus the signal's number if a signal ended it; nil while it runs or its output is open.
        var status: Int32?
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Waiter {
        let id: UInt64
        let isMet: @Sendable (Output) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    let name: String
    let pid: pid_t
    private let input: CInt
    private var isInputClosed = false  // used by one task only
    private let lock = NSLock()
    private var output = Output()
    private var openEnds = 3  // two streams and the process itself
    private var exitStatus: Int32?
    private var waiters: [Waiter] = []
    private var nextWaiter: UInt64 = 0

    /// Starts `command`, a program and its arguments, in `folder`, with `environment` and nothing else.
    init(_ command: [String], environment: [String: String], folder: String) throws {
        name = command.map { ($0 as NSString).lastPathComponent }.prefix(4).joined(separator: " ")
        var ends = [[CInt]](repeating: [-1, -1], count: 3)
        pid = try starting.withLock {
            for index in ends.indices {
                pipe(&ends[index])
                for end in ends[index] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            }
            return try spawn(
                ["env", "-C", folder] + command,
                environment,
                [ends[0][0], ends[1][1], ends[2][1]]
            )
        }
        input = ends[0][1]
        for end in [ends[0][0], ends[1][1], ends[2][1]] { close(end) }
        read(ends[1][0]) { $0.out += $1 }
        read(ends[2][0]) { $0.err += $1 }
        Thread.detachNewThread { [self] in
            var raw: CInt = 0
            while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
            let signal = raw & 0x7f
            change { $0.exitStatus = signal == 0 ? (raw >> 8) & 0xff : 128 + signal }
        }
    }

    private func read(_ fd: CInt, _ append: @escaping @Sendable (inout Output, String) -> Void) {
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(fd, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                lock.withLock { append(&output, text) }
                wake()
            }
            close(fd)
            change { _ in }
        }
    }

    /// Notes that one of the three ends has come.
    private func change(_ body: (Program) -> Void) {
        lock.withLock {
            body(self)
            openEnds -= 1
            if openEnds == 0 { output.status = exitStatus }
        }
        wake()
    }

    private func wake() {
        let met = lock.withLock {
            let met = waiters.filter { $0.isMet(output) }
            waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return met
        }
        for waiter in met { waiter.continuation.resume(returning: true) }
    }

    var current: Output { lock.withLock { output } }

    /// Waits until `isMet`; throws with all output if the program ends or the deadline passes first.
    @discardableResult
    func wait(for what: String, seconds: Double = 60, _ isMet: @escaping @Sendable (Output) -> Bool)
        async throws
        -> Output
    {
        let id = lock.withLock {
            nextWaiter += 1
            return nextWaiter
        }
        let isDone = await withCheckedContinuation { continuation in
            lock.withLock {
                waiters.append(
                    Waiter(id: id, isMet: { isMet($0) || $0.status != nil }, continuation: continuation)
                )
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [self] in
                let late = lock.withLock {
                    let late = waiters.first { $0.id == id }
                    waiters.removeAll { $0.id == id }
                    return late
                }
                late?.continuation.resume(returning: false)
            }
            wake()
        }
        let output = current
        if isDone, isMet(output) { return output }
        let end = output.status.map { "ended with status \($0)" } ?? "gave no sign within \(seconds) s"
        throw Failure(description: "\(name): waiting for \(what), it \(end)\n\(output.out)\n\(output.err)")
    }

    /// Waits until the program has ended.
    func end(seconds: Double = 60) async throws -> Output {
        try await wait(for: "its end", seconds: seconds) { $0.status != nil }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(input, bytes, bytes.count)
    }

    /// Closes the program's input, so that it reads to the end.
    func closeInput() {
        guard !isInputClosed else { return }
        isInputClosed = true
        close(input)
    }

    func signal(_ number: CInt) { kill(pid, number) }

    /// Kills what is left of the program and its group.
    func stop() async {
        if current.status == nil { kill(-pid, SIGKILL) }
        closeInput()
        // A stray process may keep the output open, which can't be helped.
        _ = try? await end(seconds: 20)
    }
}

/// Whether the process exists and isn't a zombie: one stays a zombie until its status is asked for.
func isAlive(_ pid: Int) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
    return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
}

/// Runs a program until it ends.
func run(
    _ command: [String],
    environment: [String: String] = Programs.environment,
    folder: String = Programs.root,
    seconds: Double = 120
) async throws -> Program.Output {
    let program = try Program(command, environment: environment, folder: folder)
    do {
        let output = try await program.end(seconds: seconds)
        await program.stop()
        guard output.status != 127 else {
            throw Program.Failure(description: "\(command[0]) is missing: run scripts/setup\n\(output.err)")
        }
        return output
    } catch {
        await program.stop()
        throw error
    }
}

/// Keeps another program from starting between the creation of a program's pipes and their marking as close-on-exec.
private let starting = NSLock()

private func spawn(
    _ command: [String],
    _ environment: [String: String],
    _ streams: [CInt]
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, end) in streams.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, end, CInt(target))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let words = command.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, command[0], &actions, &attributes, words, variables)
    guard code == 0 else {
        let reason = String(cString: strerror(code))
        throw Program.Failure(description: "\(command[2]) does not start: \(reason)")
    }
    return pid
}
