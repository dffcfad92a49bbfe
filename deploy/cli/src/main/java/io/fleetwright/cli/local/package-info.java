/**
 * Commands that need no controller: look at a model, run it, schedule a graph, train the zoo's networks.
 * They read files and call the libraries.
 */
@NullMarked
package io.fleetwright.cli.local;

import org.jspecify.annotations.NullMarked;
