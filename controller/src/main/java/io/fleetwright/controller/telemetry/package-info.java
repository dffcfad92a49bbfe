/** Ingest of every up message, each stored once and acknowledged after the commit, and series for charts. */
@NullMarked
package io.fleetwright.controller.telemetry;

import org.jspecify.annotations.NullMarked;
