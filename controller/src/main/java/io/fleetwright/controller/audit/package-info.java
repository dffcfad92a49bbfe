/** What was changed by whom. */
@NullMarked
package io.fleetwright.controller.audit;

import org.jspecify.annotations.NullMarked;
