/* Libraries given as arguments are opened, used and closed a thousand times, in turn and all at once:
 * nothing piles up. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

typedef void *(*open_fn)(const void *, const void *);
typedef int (*close_fn)(void *);
typedef unsigned (*init_fn)(unsigned, unsigned, unsigned, unsigned);
typedef int (*end_fn)(void);
typedef int (*connect_fn)(int, int, const char *, int, const char *, const char *, int, int, void *, void *);
typedef void (*disconnect_fn)(int);

/* Begins with an API of the library, and ends it. 0: it would not. */
static int use(void *library)
{
    void *begin, *end;
    if ((begin = dlsym(library, "virConnectOpen")) && (end = dlsym(library, "virConnectClose"))) {
        void *made = ((open_fn)begin)("test:///default", NULL);
        return made && !((close_fn)end)(made);
    }
    if ((begin = dlsym(library, "HcsCreateOperation")) && (end = dlsym(library, "HcsCloseOperation"))) {
        void *made = ((open_fn)begin)(NULL, NULL);
        ((close_fn)end)(made);
        return made != NULL;
    }
    if ((begin = dlsym(library, "PrlApi_InitEx")) && (end = dlsym(library, "PrlApi_Deinit")))
        return !((init_fn)begin)(9 << 16, 1, 0, 0) && !((end_fn)end)();
    if ((begin = dlsym(library, "VixHost_Connect")) && (end = dlsym(library, "VixHost_Disconnect"))) {
        /* no such provider: a job that fails, and no host */
        const int job = ((connect_fn)begin)(-1, 99, NULL, 0, NULL, NULL, 0, 0, NULL, NULL);
        disconnect_fn release = (disconnect_fn)dlsym(library, "Vix_ReleaseHandle");
        if (!job || !release) return 0;
        release(job);
        return 1;
    }
    begin = dlsym(library, "vjob_init");
    end = dlsym(library, "vjob_deinit");
    return begin && end && !((end_fn)begin)() && !((end_fn)end)();
}

static int count(const char *folder)
{
    int n = 0;
    DIR *dir = opendir(folder);
    while (dir && readdir(dir)) n++;
    if (dir) closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    int files = 0, threads = 0;
    for (int round = 0; round < 1000; round++) {
        void *opened[8] = {0};
        for (int i = 1; i < argc && i < 8; i++) {
            opened[i] = dlopen(argv[i], round % 2 ? RTLD_NOW : RTLD_LAZY);
            if (!opened[i]) return printf("%s\n", dlerror()), 1;
            if (round % 3 == 0) dlclose(opened[i]), opened[i] = NULL;
            if (round % 10 == 1 && opened[i] && !use(opened[i])) return printf("%s: no use\n", argv[i]), 1;
        }
        for (int i = argc < 8 ? argc - 1 : 7; i > 0; i--)
            if (opened[i]) dlclose(opened[i]);
        if (round == 20) files = count("/proc/self/fd"), threads = count("/proc/self/task");
    }
    /* The last engine's thread may still be on its way out. */
    for (int i = 0; i < 1000 && count("/proc/self/task") > threads; i++) usleep(10000);
    if (count("/proc/self/fd") != files || count("/proc/self/task") > threads)
        return printf("%d files, %d threads became %d, %d\n", files, threads, count("/proc/self/fd"),
                      count("/proc/self/task")),
               1;
    return 0;
}
