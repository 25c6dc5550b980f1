#define _GNU_SOURCE
#include "CLinux.h"
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// A socket's address has 108 bytes, but a path may be longer: so the folder is named by a descriptor.
static int address_in(int folder, const char *name, const char *suffix, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int count = snprintf(
        address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s%s", folder, name, suffix);
    return count < 0 || (size_t)count >= sizeof address->sun_path ? -ENAMETOOLONG : 0;
}

static int open_folder(const char *path) {
    int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return folder < 0 ? -errno : folder;
}

static const char unready[] = ".new";

static int listen_in(int folder, const char *name, int backlog) {
    struct sockaddr_un address;
    int code = address_in(folder, name, unready, &address);
    if (code < 0) return code;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    char temporary[sizeof address.sun_path];
    snprintf(temporary, sizeof temporary, "%s%s", name, unready);
    // The file gets the socket's mode, less the umask.
    if (fchmod(fd, 0600) != 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        code = -errno;
        close(fd);
        return code;
    }
    if (listen(fd, backlog) != 0 || renameat(folder, temporary, folder, name) != 0) {
        code = -errno;
        unlinkat(folder, temporary, 0);
        close(fd);
        return code;
    }
    return fd;
}

int linux_local_listen(const char *path, const char *name, int backlog) {
    int folder = open_folder(path);
    if (folder < 0) return folder;
    int fd = listen_in(folder, name, backlog);
    close(folder);
    return fd;
}

static int connect_in(int folder, const char *name) {
    struct sockaddr_un address;
    int code = address_in(folder, name, "", &address);
    if (code < 0) return code;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        code = -errno;
        close(fd);
        return code;
    }
    return fd;
}

int linux_local_connect(const char *path, const char *name) {
    int folder = open_folder(path);
    if (folder < 0) return folder;
    int fd = connect_in(folder, name);
    close(folder);
    return fd;
}

int linux_local_remove(const char *path, const char *name) {
    int folder = open_folder(path);
    if (folder < 0) return folder;
    int code = unlinkat(folder, name, 0) == 0 ? 0 : -errno;
    close(folder);
    return code;
}

int linux_local_peer(int fd) {
    struct ucred peer;
    socklen_t count = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &count) == 0 ? (int)peer.pid : 0;
}

int linux_notify(const char *path, const char *text, size_t count) {
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    size_t length = strlen(path);
    if (length < 2 || length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = 0;
    // An abstract name has no zero at its end; the size that is passed gives its length.
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    ssize_t sent = sendto(fd, text, count, MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    int code = sent < 0 ? -errno : 0;
    close(fd);
    return code;
}

int64_t linux_local_user(int fd) {
    struct ucred peer;
    socklen_t count = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &count) == 0 ? (int64_t)peer.uid : -1;
}
