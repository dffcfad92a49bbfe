/** Post-training quantization: a float network and calibration inputs in, an int8 network out.
 * Weights symmetric per channel, activations per tensor, bias int32, arithmetic as in TensorFlow Lite. */
@NullMarked
package io.fleetwright.forge.quantize;

import org.jspecify.annotations.NullMarked;
