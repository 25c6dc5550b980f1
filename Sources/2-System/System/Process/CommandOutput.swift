@preconcurrency import Glibc

/// Runs a user's command to its end and returns what it prints; for example, a password manager.
///
/// The command shares this process's terminal, so that it may ask something; only its standard output is read.
/// Blocking.
package enum CommandOutput {
    /// What a command prints on its standard output.
    ///
    /// - Parameters:
    ///   - arguments: the program, searched in PATH, and its arguments; no shell reads them.
    ///   - environment: the command's whole environment.
    ///   - bytesMax: the command is killed when it prints more.
    ///   - milliseconds: how long the command may take; then it is killed.
    /// - Throws: `Failure`, which never holds what was printed.
    /// Source: posix_spawn(3)
    package static func read(
        _ arguments: [String],
        environment: [String: String],
        bytesMax: Int,
        within milliseconds: Int
    ) throws(Failure) -> [UInt8] {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure("no pipe: \(words(errno))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child: pid_t
        do throws(Failure) {
            child = try start(arguments, environment, output: ends[1])
        } catch {
            close(ends[0])
            close(ends[1])
            throw error
        }
        close(ends[1])
        let end = nowMs() + Int64(milliseconds)
        let outcome = collect(ends[0], bytesMax, until: end)
        close(ends[0])
        if case .failure = outcome { kill(child, SIGKILL) }
        var status: CInt = 0
        // A command that has closed its output but doesn't end is killed when its time is up, too.
        while true {
            let isLate = nowMs() >= end
            if isLate { kill(child, SIGKILL) }
            let ended = waitpid(child, &status, isLate ? 0 : WNOHANG)
            if ended == child || ended < 0 && errno != EINTR { break }
            if ended == 0 { poll(nil, 0, 5) }
        }
        let bytes = try outcome.get()
        guard status == 0 else {
            throw Failure(
                status & 0x7F == 0
                    ? "it ended with status \(status >> 8 & 0xFF)"
                    : "signal \(status & 0x7F) ended it"
            )
        }
        return bytes
    }

    /// Why a command's output can't be used.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    private static func start(
        _ arguments: [String],
        _ environment: [String: String],
        output: CInt
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // SIGPIPE is ignored in this process; the command gets the default, which is what ends most programs.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var words = arguments.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, arguments.first ?? "", &actions, &attributes, &words, &variables)
        guard code == 0 else { throw Failure("it can't be started: \(self.words(code))") }
        return child
    }

    private static func collect(_ pipe: CInt, _ bytesMax: Int, until end: Int64) -> Result<[UInt8], Failure> {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let left = end - nowMs()
            guard left > 0 else { return .failure(Failure("it took too long")) }
            var waiting = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, CInt(clamping: left)) > 0 else { continue }
            let count = Glibc.read(pipe, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(Failure("it can't be read: \(words(errno))")) }
            if count == 0 { return .success(bytes) }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else {
                return .failure(Failure("it printed more than \(bytesMax) bytes"))
            }
        }
    }

    private static func nowMs() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }

    private static func words(_ code: CInt) -> String { String(cString: strerror(code)) }
}
