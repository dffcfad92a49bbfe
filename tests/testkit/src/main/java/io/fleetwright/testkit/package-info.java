/** What every module's tests lean on: seeded generators, condition waits, and the data beside the project. */
@NullMarked
package io.fleetwright.testkit;

import org.jspecify.annotations.NullMarked;
