/** A neutral float network: what trainers export, and what the writers and the quantizer take.
 * Weights are folded (no normalization left), activations are fused, layout is height, width, channel. */
@NullMarked
package io.fleetwright.forge.network;

import org.jspecify.annotations.NullMarked;
