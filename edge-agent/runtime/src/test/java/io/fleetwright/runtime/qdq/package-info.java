/**
 * Networks rewritten as ONNX in the QuantizeLinear/DequantizeLinear style, so that one network can be run from both file
 * formats, by us and by others.
 */
@NullMarked
package io.fleetwright.runtime.qdq;

import org.jspecify.annotations.NullMarked;
