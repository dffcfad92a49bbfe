/** Controller and agents as real processes, over H2 and PostgreSQL, through the public interfaces only. */
@NullMarked
package io.fleetwright.tests.integration;

import org.jspecify.annotations.NullMarked;
