// A Lambda Invoke API that answers at once; it stands behind the gateway and behind nginx while they are measured.
//
//   stub PORT [--delay-ms N] [--tools N] [--plain | --http]
//
// Prints "ready PORT" (PORT 0: any). Every POST to /2015-03-31/functions/… gets the same mcp-wrapper answer, or with
// --plain a plain function's, with --http an HTTP response with a JSON-RPC message in it, or a list of N tools when its body asks
// for tools/list; anything else is 404. One thread, one epoll. Signatures are not checked.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 16 * 1024 };

typedef struct {
    char *bytes;
    size_t count;
} Answer;

// One connection. It accepts its next request only after the last answer has been sent.
typedef struct Connection {
    int fd;
    size_t filled;
    const Answer *answer;  // being sent, or waiting until `due_ns`; NULL while reading
    size_t sent;
    uint64_t due_ns;
    bool waits;
    bool closed;
    struct Connection *next_due;
    char buffer[BUFFER_BYTES];
} Connection;

static int epoll_fd;
static uint64_t delay_ns;
static Answer call_answer, list_answer, not_found;
// Connections whose answers are due later; all have the same delay, so the first in is the first out.
static Connection *first_due, *last_due;

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static Answer make_answer(const char *status, const char *body) {
    Answer answer;
    int count = asprintf(
        &answer.bytes,
        "HTTP/1.1 %s\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\nConnection: keep-alive\r\nx-amzn-RequestId: 6f9c1f0e-58c2-4d0e-9a53-7d1d4c3b2a10\r\n"
        "X-Amz-Executed-Version: $LATEST\r\n\r\n%s",
        status, strlen(body), body);
    if (count < 0) stop("memory");
    answer.count = (size_t)count;
    return answer;
}

#define HTTP_START                                                                                                     \
    "{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},\"isBase64Encoded\":false,\"body\":\""            \
    "{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"result\\\":"

static Answer make_list(int tools, bool http) {
    char *body;
    size_t count;
    FILE *out = open_memstream(&body, &count);
    fputs(http ? HTTP_START : "{\"statusCode\":200,\"body\":\"", out);
    fputs("{\\\"tools\\\":[", out);
    for (int i = 0; i < tools; i++) {
        fprintf(
            out,
            "%s{\\\"name\\\":\\\"tool_%05d\\\",\\\"description\\\":\\\"Number %d of the tools that exist to be counted\\\","
            "\\\"inputSchema\\\":{\\\"type\\\":\\\"object\\\",\\\"properties\\\":{\\\"city\\\":{\\\"type\\\":\\\"string\\\"},"
            "\\\"days\\\":{\\\"type\\\":\\\"integer\\\"}},\\\"required\\\":[\\\"city\\\"]}}",
            i ? "," : "", i, i);
    }
    fputs(http ? "]}}\"}" : "]}\"}", out);
    fclose(out);
    Answer answer = make_answer("200 OK", body);
    free(body);
    return answer;
}

static void watch(Connection *connection, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(epoll_fd, operation, connection->fd, &event) != 0) stop("epoll_ctl");
}

static void hang_up(Connection *connection) {
    if (!connection->closed) close(connection->fd);
    connection->closed = true;
    if (!connection->waits) free(connection);  // otherwise it is freed when its answer is due
}

// The length in bytes of the first request in the buffer, or 0 while it is incomplete. Sets *body to where its body starts.
static size_t whole_request(Connection *connection, size_t *body) {
    char *end = memmem(connection->buffer, connection->filled, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    *body = (size_t)(end - connection->buffer) + 4;
    size_t length = 0;
    for (char *line = memchr(connection->buffer, '\n', *body); line != NULL && line < end;
         line = memchr(line + 1, '\n', (size_t)(end + 2 - line - 1))) {
        if ((line[1] == 'c' || line[1] == 'C') && strncasecmp(line + 1, "content-length:", 15) == 0) {
            length = strtoul(line + 16, NULL, 10);
            break;
        }
    }
    return *body + length <= connection->filled ? *body + length : 0;
}

static const Answer *answer_to(const Connection *connection, size_t body, size_t count) {
    static const char path[] = "POST /2015-03-31/functions/";
    if (strncmp(connection->buffer, path, sizeof path - 1) != 0) return &not_found;
    bool lists = memmem(connection->buffer + body, count - body, "tools/list", 10) != NULL;
    return lists ? &list_answer : &call_answer;
}

static void serve(Connection *connection);

static void send_answer(Connection *connection) {
    const Answer *answer = connection->answer;
    ssize_t count =
        send(connection->fd, answer->bytes + connection->sent, answer->count - connection->sent, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) return hang_up(connection);
    bool was_short = connection->sent != 0;
    connection->sent += count < 0 ? 0 : (size_t)count;
    if (connection->sent < answer->count) return watch(connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    if (was_short) watch(connection, EPOLLIN, EPOLL_CTL_MOD);
    connection->answer = NULL;
    connection->sent = 0;
    if (connection->filled > 0) serve(connection);
}

// Answers the first request in the buffer, if it is complete.
static void serve(Connection *connection) {
    size_t body = 0;
    size_t count = whole_request(connection, &body);
    if (count == 0) {
        if (connection->filled == BUFFER_BYTES) hang_up(connection);
        return;
    }
    connection->answer = answer_to(connection, body, count);
    connection->filled -= count;
    memmove(connection->buffer, connection->buffer + count, connection->filled);
    if (delay_ns == 0) return send_answer(connection);
    connection->due_ns = now_ns() + delay_ns;
    connection->waits = true;
    connection->next_due = NULL;
    if (last_due != NULL) last_due->next_due = connection;
    else first_due = connection;
    last_due = connection;
}

static void receive(Connection *connection) {
    ssize_t count =
        recv(connection->fd, connection->buffer + connection->filled, BUFFER_BYTES - connection->filled, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN)) return hang_up(connection);
    if (count < 0) return;
    connection->filled += (size_t)count;
    if (connection->answer == NULL) serve(connection);
}

static void accept_all(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Connection *connection = malloc(sizeof *connection);
        if (connection == NULL) stop("memory");
        memset(connection, 0, offsetof(Connection, buffer));
        connection->fd = fd;
        watch(connection, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static void send_what_is_due(void) {
    while (first_due != NULL && first_due->due_ns <= now_ns()) {
        Connection *connection = first_due;
        first_due = connection->next_due;
        if (first_due == NULL) last_due = NULL;
        connection->waits = false;
        if (connection->closed) free(connection);
        else send_answer(connection);
    }
}

static int listen_on(int port, int *bound) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0) stop("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &size) != 0) stop("getsockname");
    *bound = ntohs(address.sin_port);
    return listener;
}

int main(int count, char **words) {
    int tools = 100, port = 0;
    bool plain = false, http = false;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--delay-ms") == 0 && i + 1 < count) delay_ns = strtoul(words[++i], NULL, 10) * 1000000u;
        else if (strcmp(words[i], "--tools") == 0 && i + 1 < count) tools = atoi(words[++i]);
        else if (strcmp(words[i], "--plain") == 0) plain = true;
        else if (strcmp(words[i], "--http") == 0) http = true;
        else port = atoi(words[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    // All of them become results of the same size.
#define RESULT                                                                                                         \
    "{\\\"content\\\":[{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"Oslo: 4 degrees, rain "                                    \
    "until six, then clear\\\"}],\\\"structuredContent\\\":{\\\"city\\\":\\\"Oslo\\\",\\\"celsius\\\":4},"                    \
    "\\\"isError\\\":false}"
    if (plain)
        call_answer = make_answer(
            "200 OK", "{\"city\":\"Oslo\",\"celsius\":4,\"text\":\"Oslo: 4 degrees, rain until six\"}");
    else if (http) call_answer = make_answer("200 OK", HTTP_START RESULT "}\"}");
    else call_answer = make_answer("200 OK", "{\"statusCode\":200,\"body\":\"" RESULT "\"}");
    list_answer = make_list(tools, http);
    not_found = make_answer("404 Not Found", "{\"Type\":\"User\",\"Message\":\"not an Invoke path\"}");

    int listener = listen_on(port, &port);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    printf("ready %d\n", port);
    fflush(stdout);
    for (;;) {
        struct timespec wait, *timeout = NULL;
        if (first_due != NULL) {
            uint64_t now = now_ns(), left = first_due->due_ns > now ? first_due->due_ns - now : 0;
            wait = (struct timespec){.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
            timeout = &wait;
        }
        long ready = syscall(SYS_epoll_pwait2, epoll_fd, events, 256, timeout, NULL, 0);
        if (ready < 0 && errno != EINTR) stop("epoll_pwait2");
        for (long i = 0; i < ready; i++) {
            Connection *connection = events[i].data.ptr;
            if (connection == NULL) accept_all(listener);
            else if (events[i].events & EPOLLOUT) send_answer(connection);
            else receive(connection);
        }
        send_what_is_due();
    }
}
