/** What anybody without the right, or with the right of another, can reach from outside. */
@NullMarked
package io.fleetwright.tests.security;

import org.jspecify.annotations.NullMarked;
