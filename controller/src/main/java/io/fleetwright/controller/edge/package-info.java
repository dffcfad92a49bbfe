/** The HTTPS side for agents: enrolment, artifacts by digest, device profiles. */
@NullMarked
package io.fleetwright.controller.edge;

import org.jspecify.annotations.NullMarked;
