/** Who is asking: certificate authority, enrolment, API tokens and roles. */
@NullMarked
package io.fleetwright.controller.identity;

import org.jspecify.annotations.NullMarked;
