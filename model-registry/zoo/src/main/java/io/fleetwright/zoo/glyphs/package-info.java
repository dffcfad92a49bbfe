/** Ten procedural glyph classes with noise, and the networks trained on them.
 * Images depend on a seed and an index alone: the same bytes on every machine. */
@NullMarked
package io.fleetwright.zoo.glyphs;

import org.jspecify.annotations.NullMarked;
