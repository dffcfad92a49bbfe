/** What inferences took in a stretch of time, summed in the database; nothing of it is stored. */
@NullMarked
package io.fleetwright.controller.energy;

import org.jspecify.annotations.NullMarked;
