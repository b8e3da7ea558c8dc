/* Loaded before the C library: while the file named in FAULT_FLAG exists, what writes to a file under FAULT_FOLDER fails
 * with the error whose number the file holds. A number with an `o` before it: opening to write fails instead. While the
 * file named in FAULT_CLOCK exists, the clock is off by the seconds that it holds; time that passes is not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static int is_under(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* What the file named in the variable holds; 0 if there is none. */
static int held(const char *name, char *text, size_t size) {
    const char *flag = getenv(name);
    static int (*next_open)(const char *, int, ...);
    if (!next_open) next_open = dlsym(RTLD_NEXT, "open");
    int before = errno;
    int fd = flag ? next_open(flag, O_RDONLY | O_CLOEXEC) : -1;
    errno = before;
    if (fd < 0) return 0;
    memset(text, 0, size);
    ssize_t got = read(fd, text, size - 1);
    close(fd);
    return got > 0;
}

/* The error to fail with, or 0. */
static int fault(char kind) {
    char text[16];
    if (!held("FAULT_FLAG", text, sizeof text)) return 0;
    if (text[0] == 'o') return kind == 'o' ? atoi(text + 1) : 0;
    return kind == 'o' ? 0 : atoi(text);
}

static int fault_of(int fd) {
    char link[64], path[4096];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0) return 0;
    path[length] = 0;
    return is_under(path) ? fault('w') : 0;
}

#define NEXT(name, ...)                                             \
    static __typeof__(name) *next;                                  \
    if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);  \
    int error = fault_of(fd);                                       \
    if (error) { errno = error; return -1; }                        \
    return next(__VA_ARGS__)

ssize_t write(int fd, const void *data, size_t size) { NEXT(write, fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { NEXT(pwrite, fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { NEXT(pwrite64, fd, data, size, at); }
int fsync(int fd) { NEXT(fsync, fd); }
int fdatasync(int fd) { NEXT(fdatasync, fd); }
int ftruncate(int fd, off_t size) { NEXT(ftruncate, fd, size); }
int ftruncate64(int fd, off64_t size) { NEXT(ftruncate64, fd, size); }

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        static int (*next)(const char *, int, ...);                             \
        if (!next) next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        int mode = va_arg(rest, int);                                           \
        va_end(rest);                                                           \
        if ((flags & O_ACCMODE) != O_RDONLY && is_under(path)) {                \
            int error = fault('o');                                             \
            if (error) { errno = error; return -1; }                            \
        }                                                                       \
        return next(path, flags, mode);                                         \
    }
OPEN(open)
OPEN(open64)

static long off_by(void) {
    char text[24];
    return held("FAULT_CLOCK", text, sizeof text) ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += off_by();
    return result;
}

/* What SQLite reads. */
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static int (*next)(struct timeval *restrict, void *restrict);
    if (!next) next = (int (*)(struct timeval *restrict, void *restrict))dlsym(RTLD_NEXT, "gettimeofday");
    int result = next(now, zone);
    if (result == 0) now->tv_sec += off_by();
    return result;
}
