@NullMarked
package io.fleetwright.controller.oidc;

import org.jspecify.annotations.NullMarked;
