@NullMarked
package io.fleetwright.runtime.vector;

import org.jspecify.annotations.NullMarked;
