#include "computenetwork.h"
