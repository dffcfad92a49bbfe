/** Rows in one transaction: an interface with an in-memory and a Hibernate implementation that pass the same tests. */
@NullMarked
package io.fleetwright.controller.store;

import org.jspecify.annotations.NullMarked;
