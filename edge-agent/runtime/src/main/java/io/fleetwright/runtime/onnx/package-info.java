/** Bounded reader of ONNX files, QONNX dialects included, into {@link io.fleetwright.runtime.graph.Graph}s. */
@NullMarked
package io.fleetwright.runtime.onnx;

import org.jspecify.annotations.NullMarked;
