// Before any header: Swift must not see these extensions, which change the layout of fd_set.
#define _GNU_SOURCE 1
#include "CLinux.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/// What the child writes into the report pipe when it can't become the program.
struct report {
    int step;
    int code;
};

static void give_up(int pipe, int step) {
    struct report report = {step, errno};
    ssize_t ignored = write(pipe, &report, sizeof report);
    (void)ignored;
    _exit(127);
}

/// Runs in the child, between fork and exec: async-signal-safe calls only.
static void become(const struct linux_command *command, int output, int report, pid_t parent) {
    setpgid(0, 0);
    // The signal comes when the thread that forked ends; a parent that is already gone would never send it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);

    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    int null = open("/dev/null", O_RDWR);
    int error = command->discards_errors ? null : output;
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0) give_up(report, 0);
    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    linux_restore_descriptors();
    if (command->directory && chdir(command->directory) != 0) give_up(report, 1);
    execve(command->path, command->arguments, command->environment);
    give_up(report, 2);
}

static int failed(struct linux_child *child, int step, int code) {
    child->failed_step = step;
    return code;
}

int linux_spawn(const struct linux_command *command, struct linux_child *child) {
    int output[2], report[2];
    if (pipe2(output, O_CLOEXEC) != 0) return failed(child, 0, errno);
    if (pipe2(report, O_CLOEXEC) != 0) {
        int code = errno;
        close(output[0]);
        close(output[1]);
        return failed(child, 0, code);
    }
    pid_t parent = getpid();
    // Signals stay blocked until the child has reset their handlers, which are the parent's.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) become(command, output[1], report[1], parent);
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(output[1]);
    close(report[1]);

    struct report said = {0, fork_error};
    int has_failed = pid < 0;
    if (!has_failed) {
        setpgid(pid, pid);  // both sides set it: whoever comes second finds it done
        ssize_t count;
        do count = read(report[0], &said, sizeof said);
        while (count < 0 && errno == EINTR);
        has_failed = count == sizeof said;  // exec closed the pipe: nothing to read
    }
    close(report[0]);
    int pidfd = has_failed ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (has_failed || pidfd < 0) {
        int code = has_failed ? said.code : errno;
        if (pid > 0) {
            kill(-pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        close(output[0]);
        return failed(child, said.step, code);
    }
    fcntl(pidfd, F_SETFD, FD_CLOEXEC);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    child->pid = pid;
    child->pidfd = pidfd;
    child->output = output[0];
    return 0;
}

int linux_reap(pid_t pid, int *status, int64_t *peak_kib) {
    struct rusage usage;
    pid_t reaped;
    do reaped = wait4(pid, status, WNOHANG, &usage);
    while (reaped < 0 && errno == EINTR);
    if (reaped == 0) return 0;
    if (reaped < 0) return -errno;
    *peak_kib = usage.ru_maxrss;
    return 1;
}
