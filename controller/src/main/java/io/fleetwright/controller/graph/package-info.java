/** Jobs of several tasks: their specification, its check, their order, and how they come to exactly one end. */
@NullMarked
package io.fleetwright.controller.graph;

import org.jspecify.annotations.NullMarked;
