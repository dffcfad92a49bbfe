/** Signed messages to addresses outside: who hears of what, and what is on its way. */
@NullMarked
package io.fleetwright.controller.webhook;

import org.jspecify.annotations.NullMarked;
