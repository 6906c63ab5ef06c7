/* Libraries given as arguments are opened, used and closed a thousand times, in turn and all at once:
 * nothing piles up. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

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
            int (*init)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "vjob_init");
            if (opened[i] && !init) init = (int (*)(void))dlsym(opened[i], "vjob_init");
            int (*deinit)(void) = opened[i] ? (int (*)(void))dlsym(opened[i], "vjob_deinit") : NULL;
            if (round % 10 == 1 && init && deinit && (init() || deinit())) return printf("no engine\n"), 1;
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
