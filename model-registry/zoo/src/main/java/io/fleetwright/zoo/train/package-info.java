/** A plain Java trainer for small convolutional networks: Adam, batch normalization, cosine learning rate.
 * The same seed gives the same weights for any number of threads: gradients are summed in a fixed order. */
@NullMarked
package io.fleetwright.zoo.train;

import org.jspecify.annotations.NullMarked;
