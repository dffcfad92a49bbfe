/**
 * Adds up what the build's test reports say. Runs from source as well, before anything is compiled,
 * so it leans on the JDK alone.
 */
@NullMarked
package io.fleetwright.cli.verify;

import org.jspecify.annotations.NullMarked;
