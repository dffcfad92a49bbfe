/** Controller, broker and agents as real processes, with faults that a person, a power line or a network makes. */
@NullMarked
package io.fleetwright.tests.faults;

import org.jspecify.annotations.NullMarked;
