/** Writes float networks as ONNX by encoding the protobuf wire format directly.
 * Only what a straight convolutional network needs: opset 13, IR version 8. */
@NullMarked
package io.fleetwright.forge.onnx;

import org.jspecify.annotations.NullMarked;
