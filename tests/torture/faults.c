/* Fail or kill at the n-th call that changes, reads or maps files below a folder.

   Loaded with LD_PRELOAD; `faults_arm` chooses the call. Calls that SQLite, FAISS, Tantivy and Python
   make are counted alike. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ONCE, FROM_THEN_ON, KILL };
enum { CHANGE, READ, MAP };

static char folder[4096];
static long chosen;
static int code, how, kind;
static atomic_long seen;

void faults_arm(const char *path, long number, int error, int mode, int calls) {
    snprintf(folder, sizeof folder, "%s", path);
    chosen = number, code = error, how = mode, kind = calls;
    atomic_store(&seen, 0);
}

long faults_seen(void) { return atomic_load(&seen); }

static int inside(const char *path) {
    return folder[0] && strncmp(path, folder, strlen(folder)) == 0;
}

static int inside_fd(int fd) {
    char link[64], path[4096];
    if (!folder[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return inside(path);
}

static int inside_at(int fd, const char *path) {
    return path[0] == '/' ? inside(path) : fd != AT_FDCWD && inside_fd(fd);
}

/* Whether this call is to fail; does not return if the process is to be killed. */
static int hit(int is_inside, int call) {
    if (!is_inside || call != kind) return 0;
    long number = atomic_fetch_add(&seen, 1) + 1;
    if (number < chosen || !chosen || (number > chosen && how != FROM_THEN_ON)) return 0;
    if (how == KILL) kill(getpid(), SIGKILL);
    errno = code;
    return 1;
}

/* A full disk does not keep anybody from removing files. */
static int hit_removal(int is_inside) { return how == FROM_THEN_ON ? 0 : hit(is_inside, CHANGE); }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRAP(type, name, parameters, arguments, test) \
    type name parameters { \
        static __typeof__(&name) real; \
        if (!real) real = REAL(name); \
        return (test) ? (type)-1 : real arguments; \
    }

WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), hit(inside_fd(fd), CHANGE))
WRAP(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), hit(inside_fd(fd), CHANGE))
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), hit(inside_fd(fd), CHANGE))
WRAP(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), hit(inside_fd(fd), CHANGE))
WRAP(ssize_t, sendfile, (int out, int in, off_t *at, size_t size), (out, in, at, size), hit(inside_fd(out), CHANGE))
WRAP(ssize_t, copy_file_range, (int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags), (in, from, out, to, size, flags), hit(inside_fd(out), CHANGE))
WRAP(int, fsync, (int fd), (fd), hit(inside_fd(fd), CHANGE))
WRAP(int, fdatasync, (int fd), (fd), hit(inside_fd(fd), CHANGE))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), hit(inside_fd(fd), CHANGE))
WRAP(int, ftruncate64, (int fd, off64_t size), (fd, size), hit(inside_fd(fd), CHANGE))
WRAP(int, rename, (const char *old, const char *new), (old, new), hit(inside(new), CHANGE))
WRAP(int, renameat, (int a, const char *old, int b, const char *new), (a, old, b, new), hit(inside_at(b, new), CHANGE))
WRAP(int, link, (const char *old, const char *new), (old, new), hit(inside(new), CHANGE))
WRAP(int, linkat, (int a, const char *old, int b, const char *new, int flags), (a, old, b, new, flags), hit(inside_at(b, new), CHANGE))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), hit(inside(path), CHANGE))
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode), hit(inside(path), CHANGE))
WRAP(int, unlink, (const char *path), (path), hit_removal(inside(path)))
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags), hit_removal(inside_at(fd, path)))
WRAP(int, rmdir, (const char *path), (path), hit_removal(inside(path)))

WRAP(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), hit(inside_fd(fd), READ))
WRAP(ssize_t, pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at), hit(inside_fd(fd), READ))
WRAP(ssize_t, pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at), hit(inside_fd(fd), READ))
WRAP(ssize_t, preadv, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at), hit(inside_fd(fd), READ))
WRAP(ssize_t, preadv64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at), hit(inside_fd(fd), READ))

WRAP(void *, mmap, (void *at, size_t size, int access, int flags, int fd, off_t from), (at, size, access, flags, fd, from), hit(inside_fd(fd), MAP))
WRAP(void *, mmap64, (void *at, size_t size, int access, int flags, int fd, off64_t from), (at, size, access, flags, fd, from), hit(inside_fd(fd), MAP))

size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
    static __typeof__(&fwrite) real;
    if (!real) real = REAL(fwrite);
    return hit(inside_fd(fileno(file)), CHANGE) ? 0 : real(data, size, count, file);
}

#define OPEN(name, parameters, arguments, at, path) \
    int name parameters { \
        static __typeof__(&name) real; \
        mode_t mode = 0; \
        if (!real) real = REAL(name); \
        if (flags & O_CREAT) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
            if (hit(inside_at(at, path), CHANGE)) return -1; \
        } \
        return real arguments; \
    }

OPEN(open, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD, path)
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD, path)
OPEN(openat, (int fd, const char *path, int flags, ...), (fd, path, flags, mode), fd, path)
OPEN(openat64, (int fd, const char *path, int flags, ...), (fd, path, flags, mode), fd, path)
