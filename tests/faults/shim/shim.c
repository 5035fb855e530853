/* Makes system calls of a program fail, wait, or return another time. LD_PRELOAD loads it before libc (Linux).
 *
 * FAULTS_PATH     a text; only files whose path contains it are affected
 * FAULTS_CONTROL  a file of five slots, mapped into memory, so that the tests can change it at any time
 *
 * A slot has four 32-bit numbers: the errno (0: none), how many calls still fail (-1: all), how many milliseconds each
 * call waits first, and how many calls have failed so far. The slots are for writing, for syncing to the disk, for
 * growing a file, and for reading; the fifth contains the error of the clock in seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE, SYNC, GROW, READ, CLOCK, SLOTS };

struct slot {
    int32_t error;
    int32_t left;
    int32_t milliseconds;
    int32_t failed;
};

static volatile struct slot *control;
static const char *path_part;

__attribute__((constructor)) static void map_control(void) {
    const char *path = getenv("FAULTS_CONTROL");
    path_part = getenv("FAULTS_PATH");
    if (!path || !path_part) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *mapped = mmap(NULL, SLOTS * sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED) control = mapped;
}

static int is_affected(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, path_part) != NULL;
}

/* Waits as long as the slot says. Returns whether the call must fail, and sets errno if so. */
static int fails(int which, int fd) {
    if (!control) return 0;
    volatile struct slot *slot = &control[which];
    if (!slot->error && !slot->milliseconds) return 0;
    int saved = errno;
    int mine = is_affected(fd);
    errno = saved;
    if (!mine) return 0;
    if (slot->milliseconds) {
        struct timespec wait = {slot->milliseconds / 1000, (slot->milliseconds % 1000) * 1000000L};
        syscall(SYS_nanosleep, &wait, NULL);
    }
    int error = slot->error;
    if (!error) return 0;
    if (slot->left >= 0) {
        int32_t left;
        do {
            left = slot->left;
            if (left == 0) return 0;
        } while (left > 0 && !__sync_bool_compare_and_swap(&slot->left, left, left - 1));
    }
    __sync_fetch_and_add(&slot->failed, 1);
    errno = error;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (fails(WRITE, fd)) return -1;
    return syscall(SYS_write, fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (fails(WRITE, fd)) return -1;
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    if (fails(WRITE, fd)) return -1;
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return pwrite64(fd, bytes, count, at);
}

int fsync(int fd) {
    if (fails(SYNC, fd)) return -1;
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    if (fails(SYNC, fd)) return -1;
    return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t length) {
    if (fails(GROW, fd)) return -1;
    return (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    if (fails(GROW, fd)) return -1;
    return (int)syscall(SYS_fallocate, fd, mode, offset, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    return fallocate64(fd, mode, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    return fallocate64(fd, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t offset, off_t length) {
    return posix_fallocate64(fd, offset, length);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
    if (fd >= 0 && (protection & PROT_WRITE) && fails(GROW, fd)) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return mmap64(address, length, protection, flags, fd, offset);
}

ssize_t read(int fd, void *bytes, size_t count) {
    if (fails(READ, fd)) return -1;
    return syscall(SYS_read, fd, bytes, count);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    if (fails(READ, fd)) return -1;
    return syscall(SYS_pread64, fd, bytes, count, at);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t at) {
    return pread64(fd, bytes, count, at);
}

static int64_t clock_error(void) {
    return control ? control[CLOCK].error : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int answer = (int)syscall(SYS_clock_gettime, clock, now);
    if (answer == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += clock_error();
    return answer;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int answer = (int)syscall(SYS_gettimeofday, now, zone);
    if (answer == 0) now->tv_sec += clock_error();
    return answer;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
