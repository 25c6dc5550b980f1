// How much of a call is entering the kernel? A model of the gateway's event loop without any work of its own: it takes requests of
// 640 bytes, asks an upstream with 1,000, and answers with 420 when that has answered with 470.
//
//   entries epoll|mux|uring [CONNECTIONS [CALLS]]
//
//   epoll   as the gateway: an upstream connection for each call on its way, one read and one write for each message
//   mux     all calls share one upstream connection, as HTTP/2 would let them: one write for all requests of a turn, and one read for
//           all answers that have come
//   uring   as epoll, with io_uring: one entry for all that a turn reads and writes
//
// Prints the proxy's CPU per call in microseconds, user and system, and its kernel entries per call. The load and the upstream are
// processes of their own on loopback. cc -O2 entries.c -luring; docs/http2-and-io-uring.md has the figures.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUEST = 640, UPSTREAM_REQUEST = 1000, UPSTREAM_ANSWER = 470, ANSWER = 420, MOST = 4096, BUFFER = 64 * 1024 };

static int connections = 64, calls = 200000;
static long entries;
static char junk[BUFFER];

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static int listener(int *port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (fd < 0 || bind(fd, (void *)&address, length) || listen(fd, 4096) || getsockname(fd, (void *)&address, &length))
        stop("listen");
    *port = ntohs(address.sin_port);
    return fd;
}

static int prepared(int fd) {
    int one = 1;
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one)) stop("socket");
    return fd;
}

static int connected(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (void *)&address, sizeof address)) stop("connect");
    return prepared(fd);
}

static void watch(int epoll, int fd, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = number};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) stop("epoll_ctl");
}

static void send_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t moved = write(fd, bytes, count);
        entries++;
        if (moved < 0) stop("write");
        bytes += moved;
        count -= (size_t)moved;
    }
}

// The upstream: answers each request of its size. The first four bytes of a message are its number, which the answer repeats.
static void serve_upstream(int listening) {
    int epoll = epoll_create1(0), fds[MOST], count = 0;
    static char in[MOST][UPSTREAM_REQUEST], out[BUFFER];
    static size_t filled[MOST];
    if (fcntl(listening, F_SETFL, O_NONBLOCK)) stop("fcntl");
    watch(epoll, listening, MOST);
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int index = 0; index < ready; index++) {
            uint32_t number = events[index].data.u32;
            if (number == MOST) {
                int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
                while (fd >= 0 && count < MOST) {
                    fds[count] = prepared(fd);
                    watch(epoll, fd, (uint32_t)count++);
                    fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
                }
                continue;
            }
            for (;;) {
                ssize_t got = read(fds[number], junk, sizeof junk);
                if (got == 0) exit(0);
                if (got < 0) break;
                size_t used = 0;
                for (ssize_t at = 0; at < got;) {
                    size_t part = UPSTREAM_REQUEST - filled[number];
                    if (part > (size_t)(got - at)) part = (size_t)(got - at);
                    memcpy(in[number] + filled[number], junk + at, part);
                    at += (ssize_t)part;
                    if ((filled[number] += part) < UPSTREAM_REQUEST) break;
                    filled[number] = 0;
                    memcpy(out + used, in[number], 4);
                    used += UPSTREAM_ANSWER;
                    if (used + UPSTREAM_ANSWER > sizeof out) send_all(fds[number], out, used), used = 0;
                }
                if (used) send_all(fds[number], out, used);
                if (got < (ssize_t)sizeof junk) break;
            }
        }
    }
}

// The load: each connection sends its next request when it has its answer.
static void drive(int port) {
    int epoll = epoll_create1(0), fds[MOST], left = calls, waiting = 0;
    static size_t filled[MOST];
    for (int index = 0; index < connections; index++) {
        fds[index] = connected(port);
        watch(epoll, fds[index], (uint32_t)index);
    }
    for (int index = 0; index < connections && left > 0; index++, left--, waiting++) send_all(fds[index], junk, REQUEST);
    while (waiting > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int index = 0; index < ready; index++) {
            uint32_t number = events[index].data.u32;
            ssize_t got = read(fds[number], junk, ANSWER);
            if (got <= 0) continue;
            if ((filled[number] += (size_t)got) < ANSWER) continue;
            filled[number] = 0;
            waiting--;
            if (left > 0) left--, waiting++, send_all(fds[number], junk, REQUEST);
        }
    }
    exit(0);
}

static int clients[MOST], upstreams[MOST];

static void proxy_epoll(bool isShared) {
    int epoll = epoll_create1(0), done = 0;
    static char out[MOST * UPSTREAM_REQUEST], answer[ANSWER];
    static size_t filled[2 * MOST];
    static char partial[UPSTREAM_ANSWER];
    size_t kept = 0;
    for (int index = 0; index < connections; index++) watch(epoll, clients[index], (uint32_t)index);
    for (int index = 0; index < (isShared ? 1 : connections); index++) watch(epoll, upstreams[index], (uint32_t)(MOST + index));
    while (done < calls) {
        struct epoll_event events[256];
        size_t used = 0;
        int ready = epoll_wait(epoll, events, 256, -1);
        entries++;
        for (int index = 0; index < ready; index++) {
            uint32_t number = events[index].data.u32;
            if (number < MOST) {
                ssize_t got = read(clients[number], junk, BUFFER);
                entries++;
                if (got <= 0 || (filled[number] += (size_t)got) < REQUEST) continue;
                filled[number] = 0;
                memcpy(out + used, &number, 4);
                if (isShared) used += UPSTREAM_REQUEST;
                else send_all(upstreams[number], out, UPSTREAM_REQUEST);
            } else if (isShared) {
                ssize_t got;
                do {
                    got = read(upstreams[0], junk, BUFFER);
                    entries++;
                    for (ssize_t at = 0; at < got;) {
                        size_t part = UPSTREAM_ANSWER - kept;
                        if (part > (size_t)(got - at)) part = (size_t)(got - at);
                        memcpy(partial + kept, junk + at, part);
                        at += (ssize_t)part;
                        if ((kept += part) < UPSTREAM_ANSWER) break;
                        kept = 0;
                        uint32_t client;
                        memcpy(&client, partial, 4);
                        send_all(clients[client], answer, ANSWER);
                        done++;
                    }
                } while (got == BUFFER);
            } else {
                ssize_t got = read(upstreams[number - MOST], junk, BUFFER);
                entries++;
                if (got <= 0 || (filled[number] += (size_t)got) < UPSTREAM_ANSWER) continue;
                filled[number] = 0;
                send_all(clients[number - MOST], answer, ANSWER);
                done++;
            }
        }
        if (used) send_all(upstreams[0], out, used);
    }
}

enum { CLIENT_READ, UPSTREAM_WRITE, UPSTREAM_READ, CLIENT_WRITE };
static struct io_uring ring;

static void queue(int kind, int number) {
    static char requests[UPSTREAM_REQUEST], answers[ANSWER], rooms[MOST][1024];
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    if (!entry) stop("io_uring_get_sqe");
    switch (kind) {
    case CLIENT_READ: io_uring_prep_recv(entry, clients[number], rooms[number], 1024, 0); break;
    case UPSTREAM_READ: io_uring_prep_recv(entry, upstreams[number], rooms[number], 1024, 0); break;
    case UPSTREAM_WRITE: io_uring_prep_send(entry, upstreams[number], requests, UPSTREAM_REQUEST, MSG_WAITALL); break;
    case CLIENT_WRITE: io_uring_prep_send(entry, clients[number], answers, ANSWER, MSG_WAITALL); break;
    }
    io_uring_sqe_set_data64(entry, (uint64_t)kind << 32 | (uint64_t)number);
}

static void proxy_uring(void) {
    static int filled[MOST];
    struct io_uring_params parameters = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE, .cq_entries = 16384};
    int fault = io_uring_queue_init_params(8192, &ring, &parameters), done = 0;
    if (fault) errno = -fault, stop("io_uring_setup");
    for (int index = 0; index < connections; index++) queue(CLIENT_READ, index);
    while (done < calls) {
        io_uring_submit_and_wait(&ring, 1);
        entries++;
        struct io_uring_cqe *event;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, event) {
            seen++;
            int kind = (int)(event->user_data >> 32), number = (int)(uint32_t)event->user_data;
            switch (kind) {
            case CLIENT_READ:
                if (event->res <= 0) break;
                if ((filled[number] += event->res) < REQUEST) { queue(CLIENT_READ, number); break; }
                filled[number] = 0;
                queue(UPSTREAM_WRITE, number);
                queue(UPSTREAM_READ, number);
                break;
            case UPSTREAM_READ:
                if (event->res <= 0) stop("upstream");
                if ((filled[number] += event->res) < UPSTREAM_ANSWER) { queue(UPSTREAM_READ, number); break; }
                filled[number] = 0;
                done++;
                queue(CLIENT_WRITE, number);
                queue(CLIENT_READ, number);
                break;
            }
        }
        io_uring_cq_advance(&ring, seen);
    }
    io_uring_submit(&ring);
}

int main(int count, char **words) {
    const char *mode = count > 1 ? words[1] : "";
    bool isEpoll = !strcmp(mode, "epoll"), isMux = !strcmp(mode, "mux"), isURing = !strcmp(mode, "uring");
    if (count > 2) connections = atoi(words[2]);
    if (count > 3) calls = atoi(words[3]);
    if (!(isEpoll || isMux || isURing) || connections < 1 || connections > MOST || calls < connections) {
        fprintf(stderr, "usage: entries epoll|mux|uring [CONNECTIONS [CALLS]]\n");
        return 64;
    }
    int front, back;
    int accepting = listener(&front), behind = listener(&back);
    pid_t upstream = fork();
    if (upstream == 0) serve_upstream(behind);
    pid_t load = fork();
    if (load == 0) drive(front);
    for (int index = 0; index < connections; index++) clients[index] = prepared(accept4(accepting, NULL, NULL, 0));
    for (int index = 0; index < (isMux ? 1 : connections); index++) upstreams[index] = connected(back);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    entries = 0;
    if (isURing) proxy_uring();
    else proxy_epoll(isMux);
    getrusage(RUSAGE_SELF, &after);
    double user = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1e6 + (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
    double system = (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 + (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec);
    printf("%-5s %5d connections  user %5.2f us  system %5.2f us  total %5.2f us  %.2f kernel entries per call\n", mode, connections,
        user / calls, system / calls, (user + system) / calls, (double)entries / calls);
    waitpid(load, NULL, 0);
    kill(upstream, 15);
    waitpid(upstream, NULL, 0);
    return 0;
}
