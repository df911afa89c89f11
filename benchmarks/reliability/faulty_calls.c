/* Laid over the C library by LD_PRELOAD: makes chosen calls on the disk fail. What fails, and when, is in a file that is mapped:
   countdown, how many calls fail from then on, the error, and a mask of the kinds of calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { SYNC = 1, WRITE = 2, OPEN = 4, RENAME = 8 };
static volatile int *plan;

__attribute__((constructor)) static void map_plan(void) {
    const char *path = getenv("FAULTY_CALLS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *found = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (found != MAP_FAILED) plan = found;
        close(file);
    }
}

static int fails(int kind) {
    if (!plan || !(plan[3] & kind) || plan[1] <= 0) return 0;
    if (plan[0] > 0) { plan[0]--; return 0; }
    plan[1]--;
    errno = plan[2];
    return 1;
}

/* pipes and sockets are not the disk */
static int on_disk(int file) {
    struct stat found;
    return fstat(file, &found) == 0 && S_ISREG(found.st_mode);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int file) { return fails(SYNC) ? -1 : NEXT(fsync)(file); }
int fdatasync(int file) { return fails(SYNC) ? -1 : NEXT(fdatasync)(file); }
ssize_t write(int file, const void *data, size_t size) {
    return plan && plan[1] > 0 && on_disk(file) && fails(WRITE) ? -1 : NEXT(write)(file, data, size);
}
ssize_t pwrite(int file, const void *data, size_t size, off_t at) { return fails(WRITE) ? -1 : NEXT(pwrite)(file, data, size, at); }
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { return fails(WRITE) ? -1 : NEXT(pwrite64)(file, data, size, at); }
int ftruncate(int file, off_t size) { return fails(WRITE) ? -1 : NEXT(ftruncate)(file, size); }
int ftruncate64(int file, off64_t size) { return fails(WRITE) ? -1 : NEXT(ftruncate64)(file, size); }
int rename(const char *from, const char *to) { return fails(RENAME) ? -1 : NEXT(rename)(from, to); }
int mkdir(const char *path, mode_t mode) { return fails(RENAME) ? -1 : NEXT(mkdir)(path, mode); }

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags & O_CREAT) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return (flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails(OPEN) ? -1 : NEXT(name)(path, flags, mode); \
    }
OPENS(open)
OPENS(open64)
