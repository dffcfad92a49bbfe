/** Enrolment, keys and certificates of a node, and what it fetches over HTTPS with them. */
@NullMarked
package io.fleetwright.agent.identity;

import org.jspecify.annotations.NullMarked;
