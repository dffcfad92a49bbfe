/** What ran where and when, as one chart and as a drawing of it; io.fleetwright.scheduler.format writes it as JSON. */
@NullMarked
package io.fleetwright.scheduler.gantt;

import org.jspecify.annotations.NullMarked;
