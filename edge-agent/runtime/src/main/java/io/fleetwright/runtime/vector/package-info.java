/**
 * The same operators on SIMD registers: byte for byte what {@link io.fleetwright.runtime.kernel.ScalarKernels} computes.
 * The only package that uses the Vector API, which is an incubator module; nothing here is loaded without it.
 *
 * <p>Products are exact whatever carries them: float32 lanes while no sum can reach 2^24, int16 lanes for groups of
 * products that cannot reach 2^15, int32 lanes otherwise. Which one a layer may use is proved from its weights when it is
 * made.
 *
 * <p>A vector that a loop carries is only ever an argument inside it: as a receiver it has no exact class for the JIT
 * compiler, which then keeps it as an object on the heap in a JVM that also uses registers of another width.
 */
@NullMarked
package io.fleetwright.runtime.vector;

import org.jspecify.annotations.NullMarked;
