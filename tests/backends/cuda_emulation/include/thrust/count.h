#include "emulation.h"
