// <linux/tcp.h> has more members of struct tcp_info than <netinet/tcp.h>, and the two can't be included together.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

int64_t linux_bytes_acknowledged(int fd) {
    struct tcp_info info = {0};
    socklen_t count = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &count) != 0) return -1;
    if (count < __builtin_offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) return -1;
    return (int64_t)info.tcpi_bytes_acked;
}
