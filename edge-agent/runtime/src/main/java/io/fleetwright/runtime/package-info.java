/**
 * Integer inference for the edge: {@link io.fleetwright.runtime.ModelReader} turns the bytes of a model file into a
 * checked graph, {@link io.fleetwright.runtime.Interpreter} runs it in one arena with bit-exact kernels.
 */
@NullMarked
package io.fleetwright.runtime;

import org.jspecify.annotations.NullMarked;
