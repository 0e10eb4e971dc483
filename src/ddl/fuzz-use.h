/* For the fuzz targets: use all of a DDL that was loaded from any bytes. */
#ifndef MC_DDL_FUZZ_USE_H
#define MC_DDL_FUZZ_USE_H

#include "ddl/ddl-private.h"

/* Check, fill and sum up with every action; results do not matter.
 * ddl: borrowed. */
void mc_ddl__fuzz_use(const struct mc_ddl *ddl);

#endif
