/** Models, versions, variants and their artifacts; admission and the choice of a variant per device. */
@NullMarked
package io.fleetwright.controller.model;

import org.jspecify.annotations.NullMarked;
