import CLinux
package import EventLoop
import Glibc

/// A running child process. It leads its own process group and is killed with the thread of the loop that started it.
///
/// Loop thread only. Dropping it before `onExit` has run kills the group and reaps the child on the spot.
/// Source: pidfd_open(2), setpgid(2), PR_SET_PDEATHSIG in prctl(2)
package final class Child {
    /// Also the id of its process group.
    package let pid: Int
    private let loop: EventLoop
    private let pidfd: CInt
    private let output: CInt
    private var exitWatch: SinkBox?
    private var outputWatch: SinkBox?
    private var onOutput: (([UInt8]) -> Void)?
    private var onExit: ((ChildExit) -> Void)?

    /// Starts `command`.
    ///
    /// Blocks for fork and exec, about a millisecond. `onOutput` gets what the child writes to standard output and
    /// error (unless that is discarded), in order, as it comes. `onExit` is called once, when the child has ended,
    /// its group was killed and its output was read.
    /// - Throws: `SpawnError`; nothing is left running.
    package init(
        _ command: Command,
        on loop: EventLoop,
        onOutput: @escaping ([UInt8]) -> Void,
        onExit: @escaping (ChildExit) -> Void
    ) throws(SpawnError) {
        loop.assertCurrent()
        let child = try spawn(command)
        self.loop = loop
        pid = Int(child.pid)
        pidfd = child.pidfd
        output = child.output
        self.onOutput = onOutput
        self.onExit = onExit
        do {
            exitWatch = try loop.watch(pidfd, .readable, Sink { [weak self] in self?.ended() })
            outputWatch = try loop.watch(output, .readable, Sink { [weak self] in self?.readOutput() })
        } catch {
            self.onExit = nil
            Glibc.kill(pid_t(-pid), SIGKILL)
            close()
            _ = reap()
            throw SpawnError(
                .system(call: error.call, why: errorText(error.code)),
                command: command.arguments[0]
            )
        }
    }

    deinit {
        if exitWatch != nil || outputWatch != nil {
            Glibc.kill(pid_t(-pid), SIGKILL)
            close()
            _ = reap()
        }
    }

    /// Kills the whole process group at once (SIGKILL). `onExit` follows. Does nothing once the child has ended.
    package func kill() {
        guard onExit != nil else { return }  // once reaped, the number may be another process's
        Glibc.kill(pid_t(-pid), SIGKILL)
    }

    /// The largest resident set so far, in KiB; nil once the process is gone. Source: VmHWM in proc(5).
    package var peakMemoryKiB: Int? {
        guard onExit != nil, let text = readSmallFile("/proc/\(pid)/status") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return Int(line.dropFirst("VmHWM:".count).filter { $0.isASCII && $0.isNumber })
        }
        return nil
    }

    /// Hands over what the child has written until now, without waiting for the loop to notice it.
    package func readOutput() {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        var turns = 64  // a child that never stops writing must not keep the loop; epoll reports the rest
        while outputWatch != nil, turns > 0 {
            turns -= 1
            let count = chunk.withUnsafeMutableBytes { read(output, $0.baseAddress, $0.count) }
            if count > 0 {
                onOutput?(Array(chunk[..<count]))
            } else if count == 0 || (linux_errno() != EAGAIN && linux_errno() != EINTR) {
                stopReading()
            } else if linux_errno() == EAGAIN {
                return
            }
        }
    }

    private func ended() {
        kill()  // what is left of its group; the number is ours until the leader is reaped
        readOutput()
        finish()
    }

    private func finish() {
        close()
        let exit = reap()
        onOutput = nil
        exchange(&onExit, with: nil)?(exit)
    }

    /// Reaps the child, which has ended, or was sent SIGKILL and is about to end.
    private func reap() -> ChildExit {
        var (status, peak) = (CInt(0), Int64(0))
        while linux_reap(pid_t(pid), &status, &peak) == 0 { usleep(200) }
        let code = Int(linux_status_code(status))
        return ChildExit(
            status: linux_status_exited(status) != 0 ? .exited(code) : .signalled(code),
            peakMemoryKiB: Int(peak)
        )
    }

    private func close() {
        stopReading()
        if let watch = exitWatch {
            loop.unwatch(pidfd, watch)
            exitWatch = nil
        }
        Glibc.close(pidfd)
        Glibc.close(output)
    }

    private func stopReading() {
        guard let watch = outputWatch else { return }
        loop.unwatch(output, watch)
        outputWatch = nil
    }
}

/// A sink that calls a closure.
private final class Sink: PollSink {
    private let action: () -> Void
    init(_ action: @escaping () -> Void) { self.action = action }
    func ready(_ events: Interest) { action() }
}

/// Starts the child with copies of the texts of `command`.
private func spawn(_ command: Command) throws(SpawnError) -> linux_child {
    let file = try command.program()
    var arguments: [UnsafeMutablePointer<CChar>?] = command.arguments.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] =
        command.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    let path = strdup(file)
    let directory = command.directory.map { strdup($0) } ?? nil
    defer {
        for text in arguments + environment { free(text) }
        free(path)
        free(directory)
    }
    guard let path else { throw SpawnError(.system(call: "strdup", why: errorText(ENOMEM)), command: file) }
    var child = linux_child()
    let code = arguments.withUnsafeMutableBufferPointer { arguments in
        environment.withUnsafeMutableBufferPointer { environment -> CInt in
            guard let first = arguments.baseAddress, let variables = environment.baseAddress else {
                return EINVAL
            }
            var request = linux_command(
                path: path,
                arguments: first,
                environment: variables,
                directory: directory,
                discards_errors: command.discardsErrors ? 1 : 0
            )
            return linux_spawn(&request, &child)
        }
    }
    guard code == 0 else {
        throw SpawnError(step: child.failed_step, code: code, command: command, file: file)
    }
    return child
}

/// The first 8 KiB of a file of /proc, which are enough for every one read here.
private func readSmallFile(_ path: String) -> String? {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    defer { Glibc.close(fd) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = bytes.withUnsafeMutableBytes { read(fd, $0.baseAddress, $0.count) }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
}
