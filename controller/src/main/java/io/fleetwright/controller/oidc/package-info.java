/** ID tokens of other issuers: of people who sign in elsewhere, and of CI runs that get a short token for one. */
@NullMarked
package io.fleetwright.controller.oidc;

import org.jspecify.annotations.NullMarked;
