// A load generator with a fixed rate: sends one request again and again on schedule, whether or not the answers keep up.
//
//   pace PORT REQUEST-FILE CONNECTIONS RATE SECONDS
//
// A latency is counted from the time when the request was due, not from when a connection was free for it, so a server
// that falls behind can't hide it. The first second is not counted. Prints one JSON line; times are microseconds.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 * 1024 };

typedef struct {
    int fd;
    size_t filled;
    uint64_t due_ns;   // when the request that it carries was due
    int64_t number;    // the number of that request
    char buffer[BUFFER_BYTES];
} Connection;

static char request[BUFFER_BYTES];
static size_t request_count;
static uint64_t *latencies;
static size_t measured, failed;
// A ring: connections are used in turn, because servers close a connection that has been idle for long.
static Connection **idle;
static size_t idle_first, idle_count, idle_max;

static void stop(const char *what) {
    fprintf(stderr, "pace: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void add_idle(Connection *connection) { idle[(idle_first + idle_count++) % idle_max] = connection; }

static Connection *take_idle(void) {
    Connection *connection = idle[idle_first];
    idle_first = (idle_first + 1) % idle_max;
    idle_count--;
    return connection;
}

static Connection *connect_to(int port, int epoll_fd) {
    Connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) stop("memory");
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) != 0) stop("connect");
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(connection->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) != 0) stop("epoll_ctl");
    return connection;
}

// Whether the buffer holds one whole answer; the server must send its length.
static int has_answer(Connection *connection) {
    char *end = memmem(connection->buffer, connection->filled, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    for (char *line = connection->buffer; line != NULL && line < end; line = memchr(line + 1, '\n', (size_t)(end - line))) {
        if (strncasecmp(line + 1, "content-length:", 15) == 0) {
            size_t whole = (size_t)(end + 4 - connection->buffer) + strtoul(line + 16, NULL, 10);
            if (whole > BUFFER_BYTES) stop("an answer beyond 64 KiB");
            return connection->filled >= whole;
        }
    }
    errno = 0;
    stop("an answer without Content-Length");
    return 0;
}

static void receive(Connection *connection, int64_t counted_from) {
    ssize_t count =
        recv(connection->fd, connection->buffer + connection->filled, BUFFER_BYTES - connection->filled, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) stop("the server hung up");
    connection->filled += (size_t)count;
    if (!has_answer(connection)) return;
    if (strncmp(connection->buffer, "HTTP/1.1 200", 12) != 0) failed++;
    if (connection->number >= counted_from) latencies[measured++] = now_ns() - connection->due_ns;
    connection->filled = 0;
    add_idle(connection);
}

static int compare(const void *first, const void *second) {
    uint64_t a = *(const uint64_t *)first, b = *(const uint64_t *)second;
    return a < b ? -1 : a > b;
}

static double microseconds(double share) {
    size_t index = (size_t)(share * (double)(measured - 1));
    return (double)latencies[index] / 1000;
}

int main(int count, char **words) {
    if (count != 6) return fprintf(stderr, "pace PORT REQUEST-FILE CONNECTIONS RATE SECONDS\n"), 64;
    int connections = atoi(words[3]);
    int64_t rate = atoll(words[4]), total = rate * atoll(words[5]), sent = 0;
    FILE *file = fopen(words[2], "r");
    if (file == NULL) stop(words[2]);
    request_count = fread(request, 1, sizeof request, file);
    latencies = malloc((size_t)total * sizeof *latencies);
    idle_max = (size_t)connections;
    idle = malloc(idle_max * sizeof(Connection *));
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    while (idle_count < (size_t)connections) {
        Connection *connection = connect_to(atoi(words[1]), epoll_fd);
        add_idle(connection);
    }
    prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds; the default of 50 us would be added to every latency

    uint64_t start = now_ns(), step = 1000000000u / (uint64_t)rate, give_up = start + (uint64_t)total * step + 30000000000u;
    while (sent < total || idle_count < (size_t)connections) {
        uint64_t now = now_ns();
        if (now > give_up) stop("no answer for 30 s");
        for (; sent < total && idle_count > 0 && start + (uint64_t)sent * step <= now; sent++) {
            Connection *connection = take_idle();
            connection->due_ns = start + (uint64_t)sent * step;
            connection->number = sent;
            if (send(connection->fd, request, request_count, MSG_NOSIGNAL) != (ssize_t)request_count) stop("send");
        }
        uint64_t due = sent < total && idle_count > 0 ? start + (uint64_t)sent * step : now + 100000000u;
        uint64_t left = due > now ? due - now : 0;
        struct timespec wait = {.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
        struct epoll_event events[256];
        long ready = syscall(SYS_epoll_pwait2, epoll_fd, events, 256, &wait, NULL, 0);
        if (ready < 0 && errno != EINTR) stop("epoll_pwait2");
        for (long i = 0; i < ready; i++) receive(events[i].data.ptr, rate);
    }
    double seconds = (double)(now_ns() - start) / 1e9;
    if (measured == 0) stop("nothing measured; SECONDS must be 2 or more");
    qsort(latencies, measured, sizeof *latencies, compare);
    printf("{\"requests\":%zu,\"failed\":%zu,\"rate\":%.0f,\"p50\":%.0f,\"p90\":%.0f,\"p99\":%.0f,\"p999\":%.0f,\"max\":%.0f}\n",
           measured, failed, (double)total / seconds, microseconds(0.5), microseconds(0.9), microseconds(0.99),
           microseconds(0.999), microseconds(1));
}
