/** Tests of tokens, enrolment and artifact fetching against a real HTTPS server on loopback. */
@NullMarked
package io.fleetwright.agent.identity;

import org.jspecify.annotations.NullMarked;
