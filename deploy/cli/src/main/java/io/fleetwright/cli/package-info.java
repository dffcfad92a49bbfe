/**
 * Command line: one class per command, exit codes 0 done, 1 refused or failed, 2 wrong usage. Talks to a controller
 * only over HTTP; everything else runs in this process or in child processes.
 */
@NullMarked
package io.fleetwright.cli;

import org.jspecify.annotations.NullMarked;
