/* The whole API under its newer name; the same as Parallels.h. */
#ifndef VIRTUOZZO_H
#define VIRTUOZZO_H

#include "Parallels.h"

#endif
