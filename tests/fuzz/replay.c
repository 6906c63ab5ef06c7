/* Stands in for libFuzzer where there is none: runs a target on the files of the folder that is given. */
#include <dirent.h>

#include "target.h"

int main(int argc, char **argv)
{
    int n = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (!file) continue;
        uint8_t *data = malloc(1 << 20); /* of just the size that was read, so that sanitizers see its end */
        const size_t size = fread(data, 1, 1 << 20, file);
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, data, size);
        free(data);
        fclose(file);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
        n++;
    }
    if (folder) closedir(folder);
    printf("%d inputs\n", n);
    return n == 0;
}
