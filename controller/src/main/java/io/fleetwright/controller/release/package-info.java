/** What each model's line has released, as the documents of the signing set that nodes demand. */
@NullMarked
package io.fleetwright.controller.release;

import org.jspecify.annotations.NullMarked;
