/** Bounded reader of TensorFlow Lite files into {@link io.fleetwright.runtime.graph.Graph}s. */
@NullMarked
package io.fleetwright.runtime.tflite;

import org.jspecify.annotations.NullMarked;
