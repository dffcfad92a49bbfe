/** The tool that makes the product's own small networks from procedural data, by one command per network.
 * Never part of the controller or the agent. */
@NullMarked
package io.fleetwright.zoo;

import org.jspecify.annotations.NullMarked;
