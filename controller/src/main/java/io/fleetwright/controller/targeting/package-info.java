/** Which devices are meant: labels, queries, and groups, which are queries with a name. */
@NullMarked
package io.fleetwright.controller.targeting;

import org.jspecify.annotations.NullMarked;
