/**
 * Integer inference for the edge: a bounded TFLite reader, a checked graph, one arena, and bit-exact int8 kernels.
 * Bytes come in through {@link io.fleetwright.runtime.TfliteReader}; {@link io.fleetwright.runtime.Interpreter} runs them.
 */
@NullMarked
package io.fleetwright.runtime;

import org.jspecify.annotations.NullMarked;
