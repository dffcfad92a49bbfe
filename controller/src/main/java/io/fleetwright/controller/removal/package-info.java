/** What may go: artifacts that nothing needs, and versions that nobody runs. */
@NullMarked
package io.fleetwright.controller.removal;

import org.jspecify.annotations.NullMarked;
