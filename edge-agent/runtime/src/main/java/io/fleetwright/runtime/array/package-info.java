/**
 * Operators on whole arrays of any type, as ONNX defines them: the rules of their shapes, and plain kernels. They compute
 * what has no integer kernel, fold constants while a model is read, and are the float reference of quantized networks.
 */
@NullMarked
package io.fleetwright.runtime.array;

import org.jspecify.annotations.NullMarked;
