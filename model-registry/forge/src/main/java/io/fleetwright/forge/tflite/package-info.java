/** Writes TensorFlow Lite flatbuffers (schema version 3) from a small neutral description.
 * The flatbuffer layout is our own forward writer; nothing is generated from the schema. */
@NullMarked
package io.fleetwright.forge.tflite;

import org.jspecify.annotations.NullMarked;
