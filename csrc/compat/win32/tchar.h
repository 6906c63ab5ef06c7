/* tchar.h - texts that are wide. */
#ifndef VJOB_WIN32_TCHAR_H
#define VJOB_WIN32_TCHAR_H

#include "windows.h"

#define _tmain wmain
#define _tprintf wprintf
#define _ftprintf fwprintf
#define _tcslen wcslen
#define _tcscmp wcscmp
#define _tcsicmp lstrcmpiW
#define _TCHAR WCHAR

#endif
