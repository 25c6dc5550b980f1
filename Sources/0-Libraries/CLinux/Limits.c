#define _GNU_SOURCE 1
#include "CLinux.h"

#include <malloc.h>
#include <sys/resource.h>

/// The soft limit that the process was started with; 0 while it is in force.
static rlim_t descriptors_at_start;

int64_t linux_raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
    struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (limit.rlim_cur < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0) {
        descriptors_at_start = limit.rlim_cur;
        limit = raised;
    }
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

void linux_restore_descriptors(void) {
    struct rlimit limit;
    if (descriptors_at_start == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = descriptors_at_start;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void linux_tune_memory(int64_t mapped_bytes_min) {
    // Setting the threshold keeps glibc from raising it to the size of the block freed last.
    mallopt(M_MMAP_THRESHOLD, (int)mapped_bytes_min);
    mallopt(M_TRIM_THRESHOLD, (int)mapped_bytes_min);
}

void linux_trim_memory(void) { malloc_trim(0); }
