/** The embedded broker with its access rules, and the controller's own connection to it. */
@NullMarked
package io.fleetwright.controller.mqtt;

import org.jspecify.annotations.NullMarked;
