@NullMarked
package io.fleetwright.controller.release;

import org.jspecify.annotations.NullMarked;
