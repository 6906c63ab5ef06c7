/* io.h - modes of streams: all text goes out as UTF-8 here, whatever is asked for. */
#ifndef VJOB_WIN32_IO_H
#define VJOB_WIN32_IO_H

#include "windows.h"

#define _O_TEXT 0x4000
#define _O_BINARY 0x8000
#define _O_WTEXT 0x10000
#define _O_U16TEXT 0x20000
#define _O_U8TEXT 0x40000
#define _fileno fileno

FORCEINLINE int _setmode(int fd, int mode)
{
    (void)fd, (void)mode;
    return _O_TEXT;
}

#endif
